/** Log-in, and on the first run the set-up with the code that the server printed. */
import { ApiError, get, post, words } from '../api.js';
import { busy, fill, find } from '../dom.js';
import { t, translatePage } from '../i18n.js';
import { notice } from '../shell.js';

/** Where to go afterwards: a page of ours, whatever the address bar says. A kiosk goes to its own. */
function destination(search, origin, role) {
  const wanted = new URLSearchParams(search).get('next') ?? (role === 'kiosk' ? '/kiosk' : '/');
  try {
    const address = new URL(wanted, origin);
    return address.origin === origin ? address.pathname + address.search + address.hash : '/';
  } catch {
    return '/';
  }
}

function complain(form, text, field = null) {
  fill(find('.problem', form), notice('bad', text));
  for (const input of form.querySelectorAll('input')) input.removeAttribute('aria-invalid');
  if (!field) return;
  field.setAttribute('aria-invalid', 'true');
  field.focus();
}

function firstEmpty(form) {
  return [...form.querySelectorAll('input[required]')].find((input) => input.value.trim() === '');
}

function values(form) {
  return Object.fromEntries(new FormData(form));
}

async function submit(form, work) {
  const blank = firstEmpty(form);
  if (blank) return complain(form, t('field.needed', { field: blank.labels[0].textContent }), blank);
  return busy(find('button', form), async () => {
    try {
      await work();
    } catch (problem) {
      const late = problem instanceof ApiError && problem.status === 429;
      complain(form, late ? t('login.wait', { seconds: problem.retryAfter || 60 }) : words(problem), form.querySelector('input'));
    }
  });
}

async function logIn(form) {
  const { data } = await post('/session', { username: form.username.value.trim(), password: form.password.value }, { stay: true });
  location.replace(destination(location.search, location.origin, data.user.role));
}

async function setUp(form) {
  const { code, username, password, again } = values(form);
  if (password.length < form.password.minLength) return complain(form, t('setup.password.short'), form.password);
  if (password !== again) return complain(form, t('setup.password.differs'), form.again);
  await post('/setup', { code: code.trim(), username: username.trim(), password }, { stay: true });
  await post('/session', { username: username.trim(), password }, { stay: true });
  location.replace('/');
}

async function open() {
  translatePage();
  const forms = { login: find('#login'), setup: find('#setup') };
  forms.login.addEventListener('submit', (event) => {
    event.preventDefault();
    submit(forms.login, () => logIn(forms.login));
  });
  forms.setup.addEventListener('submit', (event) => {
    event.preventDefault();
    submit(forms.setup, () => setUp(forms.setup));
  });
  let needed = false;
  try {
    needed = (await get('/setup', {}, { stay: true })).data.needed;
  } catch (problem) {
    complain(forms.login, words(problem));
  }
  const form = needed ? forms.setup : forms.login;
  find('#waiting').hidden = true;
  form.hidden = false;
  find('input', form).focus();
}

open();
