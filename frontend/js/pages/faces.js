/** People and their faces: find somebody, add somebody, and open one person beside the list. */
import { get, post, words } from '../api.js';
import { busy, el, fill, find, initials, keepFocus, settled } from '../dom.js';
import { t } from '../i18n.js';
import { FindingsView } from '../faces/findings.js';
import { driftChip, loadDrift } from '../faces/learnt.js';
import { PersonView } from '../faces/person.js';
import { chip, empty, notice, openPage, say } from '../shell.js';

const PAGE = 50;

const wanted = { search: '', has_face: '' };
let shown = [];
let asked = 0;

async function load({ more = false } = {}) {
  const turn = ++asked;
  const offset = more ? shown.length : 0;
  let data;
  try {
    ({ data } = await get('/persons', { ...wanted, active: true, limit: PAGE, offset }));
  } catch (problem) {
    fill(find('#people'), el('li', {}, notice('bad', words(problem))));
    return;
  }
  if (turn !== asked) return; // a newer search is under way
  shown = more ? [...shown, ...data.persons] : data.persons;
  showList(data.total);
}

function showList(total) {
  find('#total').textContent = t('faces.total', { count: total });
  find('#more').hidden = shown.length >= total;
  const lines = shown.length ? shown.map(line) : el('li', {}, empty('people', t(wanted.search || wanted.has_face ? 'faces.none' : 'faces.nobody')));
  keepFocus(find('#people'), () => fill(find('#people'), lines));
}

function faceChip(person) {
  if (person.has_face) return chip('good', 'face', t('faces.pictures', { count: person.total_faces }));
  return person.must_enrol_again ? chip('warn', 'warning', t('faces.again')) : chip('', 'question', t('faces.noface'));
}

function line(person) {
  const open = el('button', {
    type: 'button', class: 'plain', 'aria-current': view.personId === person.person_id && 'true', data: { person: person.person_id, focus: person.person_id },
    on: { click: () => show(person.person_id) },
  },
  el('span', { class: `avatar ${person.has_face ? '' : 'none'}`, 'aria-hidden': 'true' }, initials(person.name)),
  el('span', { class: 'main' }, el('strong', {}, person.name), el('span', { class: 'small muted' }, [person.person_id, person.department].filter(Boolean).join(' · '))),
  driftChip(person.person_id), faceChip(person));
  return el('li', {}, open);
}

function show(personId) {
  history.replaceState(null, '', personId === null ? location.pathname : `#${encodeURIComponent(personId)}`);
  find('#split').classList.toggle('one', personId !== null);
  for (const button of document.querySelectorAll('#people button')) {
    if (button.dataset.person === personId) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
  }
  return view.open(personId);
}

const findings = new FindingsView(find('#findings'), { onOpen: (personId) => show(personId) });

const view = new PersonView(find('#person'), { onChange: () => Promise.all([load(), look()]), onClose: () => show(null), isOdd: (faceId) => findings.odd.has(faceId) });

async function look() {
  if (view.may('faces:read')) await findings.load();
}

function addPerson() {
  const box = find('#add-dialog');
  const form = find('#add-form');
  form.reset();
  fill(find('.problem', form));
  box.showModal();
  find('input', form).focus();
}

async function saveNew(event) {
  event.preventDefault();
  const form = event.target;
  const blank = [...form.querySelectorAll('[required]')].find((field) => !field.value.trim());
  if (blank) {
    fill(find('.problem', form), notice('bad', t('field.needed', { field: blank.labels[0].textContent })));
    blank.focus();
    return;
  }
  const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));
  await busy(find('button[type=submit]', form), async () => {
    try {
      const { data } = await post('/persons', values);
      find('#add-dialog').close();
      say(t('faces.added', { name: data.name }));
      await load();
      await show(data.person_id);
    } catch (problem) {
      fill(find('.problem', form), notice('bad', words(problem)));
    }
  });
}

function choose(event) {
  const button = event.target.closest('button');
  if (!button) return;
  for (const other of find('#filter').children) other.setAttribute('aria-pressed', String(other === button));
  wanted.has_face = button.dataset.face;
  load();
}

async function open() {
  const mine = await openPage();
  view.setScopes(mine.scopes ?? ['*']);
  find('#add').hidden = !view.may('persons:write');
  find('#search').addEventListener('input', settled((event) => {
    wanted.search = event.target.value.trim();
    load();
  }));
  find('#filter').addEventListener('click', choose);
  find('#more').addEventListener('click', () => load({ more: true }));
  find('#add').addEventListener('click', addPerson);
  find('#add-form').addEventListener('submit', saveNew);
  find('[data-close]').addEventListener('click', () => find('#add-dialog').close());
  if (view.may('faces:read')) await loadDrift();
  await Promise.all([load(), look()]);
  await show(location.hash ? decodeURIComponent(location.hash.slice(1)) : null);
}

open();
