/** The connection to Odoo: read, tested before it is saved, saved. The password never comes back. */
import { get, post, words } from '../api.js';
import { busy, fill, find } from '../dom.js';
import { longDay } from '../format.js';
import { t } from '../i18n.js';
import { chip, notice, say } from '../shell.js';
import { chosenAt, chosenIn } from './which.js';

const FIELDS = ['url', 'db', 'username'];
const touched = (field) => field.value !== field.defaultValue;

/** '1, 3' → [1, 3], '' → [], anything else → null. */
function numbers(text) {
  const parts = text.split(/[\s,;]+/).filter(Boolean);
  return parts.every((part) => /^[1-9]\d{0,9}$/.test(part)) ? parts.map(Number) : null;
}

export function openConnection({ may, onSaved }) {
  const form = find('#odoo');
  const result = find('#odoo-result');
  for (const control of form.elements) control.disabled = !may('sync:write');
  form.hidden = !may('sync:read');

  async function look() {
    const address = chosenAt('/sync/odoo/config');
    try {
      const { configured, config } = await get(address);
      if (address !== chosenAt('/sync/odoo/config')) return; // another one was chosen meanwhile
      for (const name of FIELDS) form[name].value = config?.[name] ?? '';
      form.key_expires.defaultValue = form.key_expires.value = (!config?.key_expires_assumed && config?.key_expires_on) || '';
      form.companies.defaultValue = form.companies.value = (config?.companies ?? []).join(', ');
      const day = config?.key_expires_on && longDay(config.key_expires_on);
      const key = config?.key_expires_assumed ? t('odoo.key.may_end', { day }) : t('odoo.key.ends', { day });
      fill(find('#odoo-key'), config?.key_warning ? notice('warn', key) : null);
      form.password.placeholder = configured ? '••••••••' : '';
      fill(find('#odoo-chip'), configured ? chip('good', 'check', t('odoo.saved')) : chip('', 'question', t('odoo.status.not_configured')));
    } catch (problem) {
      fill(result, notice('bad', words(problem)));
    }
  }

  function given() {
    const values = Object.fromEntries(FIELDS.map((name) => [name, form[name].value.trim()]));
    if (form.password.value) values.password = form.password.value;
    return values;
  }

  function refused() {
    const empty = FIELDS.map((name) => form[name]).find((field) => !field.value.trim());
    const odd = numbers(form.companies.value) ? undefined : form.companies;
    if (!empty && !odd) return false;
    fill(result, notice('bad', empty ? t('field.needed', { field: empty.labels[0].textContent }) : t('odoo.companies.odd')));
    (empty ?? odd).focus();
    return true;
  }

  const attempt = (button, work) => refused() || busy(button, async () => {
    fill(result);
    try {
      await work();
    } catch (problem) {
      fill(result, notice('bad', words(problem)));
    }
  });

  find('#odoo-test').addEventListener('click', (event) => attempt(event.currentTarget, async () => {
    const answer = await post('/sync/odoo/test', chosenIn(given()));
    const version = answer.server_version ? t('odoo.version', { version: answer.server_version, transport: answer.transport ?? '' }) : '';
    fill(result, notice('good', `${answer.message ?? t('odoo.works')} ${version}`));
  }));

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(find('button[type=submit]', form), async () => {
      const values = given();
      // A day that nobody touched belongs to the former key.
      if (form.key_expires.value && touched(form.key_expires)) values.key_expires = form.key_expires.value;
      // Companies that the environment names are not saved for it.
      if (touched(form.companies)) values.companies = numbers(form.companies.value);
      await post('/sync/odoo/config', chosenIn(values));
      form.password.value = '';
      say(t('odoo.saved'));
      await look();
      onSaved();
    });
  });

  if (may('sync:read')) look();
  return {
    async look() {
      fill(result);
      form.reset(); // what is saved of one must not be saved for another
      await look();
    },
  };
}
