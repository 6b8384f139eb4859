/** Where the server's camera takes its pictures from. */
import { get, post, words } from '../api.js';
import { busy, fill, find } from '../dom.js';
import { t } from '../i18n.js';
import { cameraState } from '../states.js';
import { chip, notice, say } from '../shell.js';

export function openCameraSource({ may }) {
  const form = find('#camera');
  for (const control of form.elements) control.disabled = !may('admin');
  let typed = false;
  form.source.addEventListener('input', () => { typed = true; });

  async function look() {
    const state = cameraState(await get('/camera/status').then(({ data }) => ({ data }), (problem) => ({ problem })));
    fill(find('#camera-chip'), chip(state.kind, state.live ? 'online' : 'offline', state.text));
    if (!typed && document.activeElement !== form.source) form.source.value = state.devices[0]?.source ?? '';
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const problem = find('.problem', form);
    const source = form.source.value.trim();
    if (!source) {
      fill(problem, notice('bad', t('field.needed', { field: form.source.labels[0].textContent })));
      return form.source.focus();
    }
    return busy(find('button', form), async () => {
      fill(problem);
      try {
        await post('/camera', { source });
        typed = false;
        say(t('camera_source.changed'));
        await look();
      } catch (wrong) {
        fill(problem, notice('bad', words(wrong)));
      }
    });
  });

  look();
  return { look };
}
