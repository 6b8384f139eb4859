/** Rows that Odoo did not take: why, what helps, and a button to try again. */
import { get, post, words } from '../api.js';
import { busy, el, fill, find, keepFocus } from '../dom.js';
import { dayAndTime } from '../format.js';
import { icon } from '../icons.js';
import { t } from '../i18n.js';
import { say } from '../shell.js';
import { chosenIn } from './which.js';

export function openProblems({ may, onRetried }) {
  const card = find('#problems-card');
  const all = find('#retry-all');
  all.hidden = !may('sync:write');
  all.addEventListener('click', () => retry(all));

  async function look() {
    if (!may('sync:read')) return;
    try {
      const { problems, total } = (await get('/sync/problems', chosenIn({ limit: 100 }))).data;
      card.hidden = total === 0;
      keepFocus(card, () => fill(find('#problems'), problems.map(line), total > problems.length && el('li', { class: 'muted' }, t('problems.more', { count: total - problems.length }))));
    } catch {
      card.hidden = true; // the exchange above tells what is wrong
    }
  }

  const retry = (button, id = null) => busy(button, async () => {
    try {
      const { message } = await post('/sync/retry', chosenIn(id === null ? {} : { attendance_ids: [id] }));
      say(message, 'info');
      await look();
      onRetried();
    } catch (problem) {
      say(words(problem), 'bad');
    }
  });

  function line(problem) {
    const again = el('button', { type: 'button', data: { focus: `retry-${problem.attendance_id}` }, on: { click: (event) => retry(event.currentTarget, problem.attendance_id) } }, icon('sync'), t('problems.retry'));
    return el('li', {}, icon('warning'),
      el('div', { class: 'main' },
        el('strong', {}, `${problem.person_name} (${problem.person_id})`), el('span', { class: 'small muted' }, span(problem)),
        el('p', {}, problem.error), problem.remedy && el('p', { class: 'small' }, problem.remedy)),
      may('sync:write') && again);
  }

  look();
  return { look };
}

const span = ({ check_in, check_out }) => `${dayAndTime(check_in)} – ${check_out ? dayAndTime(check_out) : t('problems.open')}`;
