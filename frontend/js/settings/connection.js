/** The connection to Odoo: read, tested before it is saved, saved. The password never comes back. */
import { get, post, words } from '../api.js';
import { busy, fill, find } from '../dom.js';
import { t } from '../i18n.js';
import { chip, notice, say } from '../shell.js';

const FIELDS = ['url', 'db', 'username'];

export function openConnection({ may, onSaved }) {
  const form = find('#odoo');
  const result = find('#odoo-result');
  for (const control of form.elements) control.disabled = !may('sync:write');
  form.hidden = !may('sync:read');

  async function look() {
    try {
      const { configured, config } = await get('/sync/odoo/config');
      for (const name of FIELDS) form[name].value = config?.[name] ?? '';
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

  function blank() {
    const empty = FIELDS.map((name) => form[name]).find((field) => !field.value.trim());
    if (!empty) return false;
    fill(result, notice('bad', t('field.needed', { field: empty.labels[0].textContent })));
    empty.focus();
    return true;
  }

  const attempt = (button, work) => blank() || busy(button, async () => {
    fill(result);
    try {
      await work();
    } catch (problem) {
      fill(result, notice('bad', words(problem)));
    }
  });

  find('#odoo-test').addEventListener('click', (event) => attempt(event.currentTarget, async () => {
    const answer = await post('/sync/odoo/test', given());
    const version = answer.server_version ? t('odoo.version', { version: answer.server_version, transport: answer.transport ?? '' }) : '';
    fill(result, notice('good', `${answer.message ?? t('odoo.works')} ${version}`));
  }));

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(find('button[type=submit]', form), async () => {
      await post('/sync/odoo/config', given());
      form.password.value = '';
      say(t('odoo.saved'));
      await look();
      onSaved();
    });
  });

  if (may('sync:read')) look();
}
