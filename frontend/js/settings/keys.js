/** API keys for programs and devices: listed, created (shown once), revoked. */
import { get, post, remove, words } from '../api.js';
import { busy, el, fill, find } from '../dom.js';
import { dayAndTime } from '../format.js';
import { icon } from '../icons.js';
import { t } from '../i18n.js';
import { ask, chip, empty, notice, say } from '../shell.js';

const SCOPES = [
  'persons:read', 'persons:write', 'faces:read', 'faces:write', 'recognize', 'attendance:read', 'attendance:write',
  'punch:write', 'sync:read', 'sync:write', 'camera:read', 'logs:read', 'metrics:read', 'admin',
];

export function openKeys({ may }) {
  const box = find('#key-dialog');
  box.addEventListener('close', () => fill(box)); // a key that was shown stays nowhere in the page
  const button = find('#new-key');
  button.hidden = !may('admin');
  if (!may('admin')) {
    fill(find('#keys'), el('p', { class: 'muted' }, t('keys.admin')));
    return;
  }
  button.addEventListener('click', () => newKey(look));
  look();
}

async function look() {
  try {
    const { keys } = (await get('/keys')).data;
    fill(find('#keys'), keys.length ? table(keys) : empty('key', t('keys.empty')));
  } catch (problem) {
    fill(find('#keys'), notice('bad', words(problem)));
  }
}

function table(keys) {
  return el('ul', { class: 'keys' }, keys.map((key) => el('li', { class: key.revoked_at ? 'gone' : '' }, icon('key'),
    el('span', { class: 'main' }, el('strong', {}, key.name), el('span', { class: 'small muted' }, facts(key)), el('span', { class: 'scopes' }, key.scopes.map((scope) => el('code', {}, scope)))),
    key.revoked_at ? chip('', 'close', t('keys.revoked'))
      : el('button', { type: 'button', class: 'danger', on: { click: (event) => revoke(key, event.currentTarget) } }, t('keys.revoke')))));
}

function facts(key) {
  return [
    `${key.prefix}…`, t('keys.created', { time: dayAndTime(key.created_at) }),
    key.expires_at ? t('keys.expires', { time: dayAndTime(key.expires_at) }) : t('keys.forever'),
    key.last_used_at ? t('keys.used', { time: dayAndTime(key.last_used_at) }) : t('keys.unused'),
  ].join(' · ');
}

async function revoke(key, button) {
  if (!await ask(t('keys.revoke.ask', { name: key.name }), t('keys.revoke'))) return;
  await busy(button, async () => {
    try {
      await remove(`/keys/${key.id}`);
      say(t('keys.revoked.done'));
      await look();
    } catch (problem) {
      say(words(problem), 'bad');
    }
  });
}

function newKey(after) {
  const box = find('#key-dialog');
  const name = el('input', { id: 'key-name', required: true, autocomplete: 'off', maxlength: '200' });
  const expires = el('input', { id: 'key-expires', type: 'date' });
  const scopes = SCOPES.map((scope) => el('label', { class: 'tick' }, el('input', { type: 'checkbox', name: 'scope', value: scope }), el('span', {}, el('code', {}, scope))));
  const problem = el('div', { role: 'alert' });
  const submit = el('button', { type: 'submit', class: 'primary' }, t('keys.create'));
  const form = el('form', { novalidate: true }, el('h2', { id: 'key-title' }, t('keys.new')),
    el('div', { class: 'fields two' },
      el('div', {}, el('label', { for: 'key-name' }, t('keys.name')), name, el('p', { class: 'hint' }, t('keys.name.hint'))),
      el('div', {}, el('label', { for: 'key-expires' }, t('keys.until')), expires, el('p', { class: 'hint' }, t('keys.until.hint')))),
    el('fieldset', { class: 'scope-list' }, el('legend', {}, t('keys.scopes')), scopes), problem,
    el('div', { class: 'actions end' }, el('button', { type: 'button', on: { click: () => box.close() } }, t('cancel')), submit));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const chosen = [...form.querySelectorAll('[name=scope]:checked')].map((input) => input.value);
    if (!name.value.trim() || !chosen.length) {
      fill(problem, notice('bad', t(name.value.trim() ? 'keys.scopes.needed' : 'keys.name.needed')));
      return;
    }
    busy(submit, async () => {
      try {
        const { data } = await post('/keys', { name: name.value.trim(), scopes: chosen, expires: expires.value ? `${expires.value}T23:59:59` : null });
        showOnce(box, data.key);
        after();
      } catch (wrong) {
        fill(problem, notice('bad', words(wrong)));
      }
    });
  });
  fill(box, form);
  box.showModal();
}

function showOnce(box, key) {
  const text = el('input', { id: 'the-key', readonly: true, value: key, class: 'num', 'aria-label': t('keys.the') });
  const copy = el('button', { type: 'button', on: { click: async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(key);
      say(t('keys.copied'));
    } catch {
      say(t('keys.copy.by.hand'), 'info'); // no clipboard outside a secure context
    }
  } } }, icon('copy'), t('keys.copy'));
  fill(box, el('div', { class: 'inside' }, el('h2', { id: 'key-title' }, t('keys.made')), notice('warn', t('keys.once')),
    el('div', { class: 'one-key' }, text, copy),
    el('div', { class: 'actions end' }, el('button', { type: 'button', class: 'primary', on: { click: () => box.close() } }, t('keys.close')))));
  text.select();
}
