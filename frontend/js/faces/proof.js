/** How a person may prove who they are without a face, or beside it: a PIN and a badge, set here, never shown. */
import { patch, personPath, post, remove, words } from '../api.js';
import { busy, el, fill } from '../dom.js';
import { t } from '../i18n.js';
import { chip, notice, say } from '../shell.js';

/** The section of a person; `changed` is called when something was set or taken away. */
export function proofSection(person, mayChange, changed) {
  const signs = [
    person.has_pin ? chip('good', 'key', t('proof.pin.set')) : chip('', 'question', t('proof.pin.none')),
    person.has_badge ? chip('good', 'person', t('proof.badge.set')) : chip('', 'question', t('proof.badge.none')),
  ];
  return el('section', { class: 'proof', 'aria-labelledby': 'proof-title' }, el('h3', { id: 'proof-title' }, t('proof.title')),
    el('p', { class: 'consent' }, signs), mayChange && el('p', { class: 'hint' }, t('proof.help')),
    mayChange && line(person, 'pin', person.has_pin, changed), mayChange && line(person, 'badge', person.has_badge, changed));
}

const SAVE = {
  pin: (person, value) => post(personPath(person.person_id, '/pin'), { pin: value }),
  badge: (person, value) => patch(personPath(person.person_id), { badge: value }),
};
const TAKE = {
  pin: (person) => remove(personPath(person.person_id, '/pin')),
  badge: (person) => patch(personPath(person.person_id), { badge: null }),
};

function line(person, kind, there, changed) {
  const problem = el('div', { class: 'problem' });
  const label = kind === 'pin' ? t('proof.pin') : t('proof.badge');
  const input = el('input', { id: `proof-${kind}`, type: kind === 'pin' ? 'password' : 'text', inputmode: kind === 'pin' ? 'numeric' : 'text', autocomplete: kind === 'pin' ? 'new-password' : 'off', required: true, maxlength: kind === 'pin' ? 12 : 128 });
  const work = async (button, action, text) => busy(button, async () => {
    fill(problem);
    try {
      await action();
      say(text);
      await changed();
    } catch (failure) {
      fill(problem, notice('bad', words(failure)));
    }
  });
  const set = el('button', { type: 'submit' }, t('proof.save'));
  return el('form', {
    class: 'proof-line',
    on: { submit: (event) => { event.preventDefault(); work(set, () => SAVE[kind](person, input.value.trim()), t('proof.saved')); } },
  }, el('label', { for: input.id }, label), input, set,
  there && el('button', { type: 'button', class: 'plain', on: { click: (event) => work(event.currentTarget, () => TAKE[kind](person), t('proof.taken')) } }, t('proof.take')), problem);
}
