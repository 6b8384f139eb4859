/** One face for two people: HR's decision, with a reason that goes into the security log. */
import { el, fill } from '../dom.js';
import { t } from '../i18n.js';
import { notice } from '../shell.js';

/** Asks for the reason to register `name` with a face that is `other`'s, too; null where not. */
export function askForReason(name, other) {
  return new Promise((resolve) => {
    const reason = el('input', { id: 'double-reason', required: true, maxlength: '500', autocomplete: 'off' });
    const problem = el('div', { class: 'problem', role: 'alert' });
    const form = el('form', { novalidate: true, on: { submit: (event) => {
      event.preventDefault();
      if (reason.value.trim()) return box.close(reason.value.trim());
      fill(problem, notice('bad', t('field.needed', { field: t('double.reason') })));
      return reason.focus();
    } } },
    el('p', { id: 'double-text' }, t('double.ask', { name, other })),
    el('div', { class: 'fields' }, el('div', {}, el('label', { for: 'double-reason' }, t('double.reason')), reason)), problem,
    el('div', { class: 'actions end' },
      el('button', { type: 'button', on: { click: () => box.close('') } }, t('cancel')),
      el('button', { type: 'submit', class: 'danger' }, t('double.yes'))));
    const box = el('dialog', { id: 'double', 'aria-labelledby': 'double-text' }, form);
    box.addEventListener('close', () => {
      box.remove();
      resolve(box.returnValue || null);
    });
    document.body.append(box);
    box.showModal();
    reason.focus();
  });
}
