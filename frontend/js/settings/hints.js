/** The address that Odoo's automation rules call, and the rules to make. For administrators. */
import { get, post, words } from '../api.js';
import { busy, el, fill, find } from '../dom.js';
import { t } from '../i18n.js';
import { ask, say } from '../shell.js';
import { chosenAt } from './which.js';

export function openHints({ may }) {
  if (!may('admin')) return { look() {} };
  const address = find('#hints-url');
  find('#hints-copy').addEventListener('click', async () => {
    address.select();
    try {
      await navigator.clipboard.writeText(address.value);
      say(t('keys.copied'));
    } catch {
      say(t('keys.copy.by.hand'), 'info'); // no clipboard outside a secure context
    }
  });
  find('#hints-rotate').addEventListener('click', async (event) => {
    const button = event.currentTarget;
    if (!await ask(t('hints.rotate.ask'), t('hints.rotate'))) return;
    await busy(button, async () => {
      try {
        show(await post(chosenAt('/sync/odoo/webhook')));
      } catch (problem) {
        say(words(problem), 'bad');
      }
    });
  });

  function show({ url, automations }) {
    address.value = url;
    fill(find('#hints-rules'), automations.map((rule) => el('li', {}, el('code', {}, rule.model), ` ${rule.trigger}`,
      rule.trigger_fields.length > 0 && el('span', { class: 'small muted' }, rule.trigger_fields.join(', ')))));
    find('#hints-card').hidden = false;
  }

  const look = () => get(chosenAt('/sync/odoo/webhook')).then(show, (problem) => say(words(problem), 'bad'));
  look();
  return { look };
}
