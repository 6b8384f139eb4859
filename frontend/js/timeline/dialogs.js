/** Putting attendance right: correct a row, void it, enter a mark by hand. Each asks for what it needs. */
import { get, patch, post, words } from '../api.js';
import { busy, el, fill, find, settled } from '../dom.js';
import { clockTime } from '../format.js';
import { t } from '../i18n.js';
import { notice, say } from '../shell.js';

/** A dialog with a form of `content`; `work()` runs on save, its text is said and the dialog closed. */
function openForm(title, content, save, work, after, { kind = 'primary' } = {}) {
  const box = find('#dialog');
  const problem = el('div', { class: 'problem', role: 'alert' });
  const submit = el('button', { type: 'submit', class: kind }, save);
  const form = el('form', { novalidate: true, on: { submit: (event) => {
    event.preventDefault();
    const blank = [...form.querySelectorAll('[required]')].find((field) => !field.value.trim());
    if (blank) {
      fill(problem, notice('bad', t('field.needed', { field: blank.labels[0].textContent })));
      return blank.focus();
    }
    return busy(submit, async () => {
      try {
        say(await work());
        box.close();
        after();
      } catch (wrong) {
        fill(problem, notice('bad', words(wrong)));
      }
    });
  } } }, el('h2', { id: 'dialog-title' }, title), el('div', { class: 'fields' }, content), problem,
  el('div', { class: 'actions end' }, el('button', { type: 'button', on: { click: () => box.close() } }, t('cancel')), submit));
  fill(box, form);
  box.showModal();
}

const field = (label, input, hint = '') => el('div', {}, el('label', { for: input.id }, label), input, hint && el('p', { class: 'hint' }, hint));

const reasonField = () => el('input', { id: 'reason', required: true, maxlength: '200', autocomplete: 'off' });

/** `datetime-local` with the site's wall clock, which is also how the server reads it back. */
const moment = (id, iso, required) => el('input', { id, type: 'datetime-local', step: '1', required, value: iso ? iso.slice(0, 19) : '' });

/** Other times for a row; the punches stay as they are, and the reason is kept with who gave it. */
export function correct(row, after) {
  const start = moment('correct-in', row.check_in, true);
  const end = moment('correct-out', row.check_out, false);
  const reason = reasonField();
  openForm(t('correct.title', { name: row.person_name }), [
    field(t('correct.in'), start), field(t('correct.out'), end, t('correct.open')), field(t('why.label'), reason, t('why.hint')),
  ], t('save'), async () => {
    await patch(`/attendance/${row.id}`, { check_in: start.value, check_out: end.value || null, reason: reason.value.trim() });
    return t('correct.done');
  }, after);
}

/** Takes a row out of account. */
export function voidRow(row, after) {
  const reason = reasonField();
  const span = [clockTime(row.check_in), row.check_out ? clockTime(row.check_out) : t('timeline.open')].join(' – ');
  openForm(t('void.title'), [
    el('p', {}, t('void.text', { name: row.person_name, span })), field(t('why.label'), reason, t('why.hint')),
  ], t('timeline.void'), async () => {
    await post(`/attendance/${row.id}/void`, { reason: reason.value.trim() });
    return t('void.done');
  }, after, { kind: 'danger' });
}

/** A check-in or check-out that no camera saw. */
export function markByHand(day, now, after) {
  const people = el('datalist', { id: 'mark-people' });
  const person = el('input', { id: 'mark-person', required: true, list: 'mark-people', autocomplete: 'off', spellcheck: 'false' });
  const look = async () => {
    const { data } = await get('/persons', { search: person.value.trim(), active: true, limit: 20 }).catch(() => ({ data: { persons: [] } }));
    fill(people, data.persons.map((one) => el('option', { value: one.person_id }, one.name)));
  };
  person.addEventListener('input', settled(look, 200));
  look();
  const at = moment('mark-at', day === now.slice(0, 10) ? now : `${day}T08:00:00`, true);
  const direction = el('select', { id: 'mark-direction' }, ['auto', 'in', 'out'].map((way) => el('option', { value: way }, t(`direction.${way}`))));
  openForm(t('mark.title'), [
    field(t('mark.person'), person, t('mark.person.hint')), people, field(t('mark.at'), at), field(t('mark.direction'), direction),
  ], t('save'), async () => {
    const { data } = await post('/attendance/mark', { person_id: person.value.trim(), timestamp: at.value, direction: direction.value });
    return t('mark.done', { action: t(`action.${data.action}`) });
  }, after);
}
