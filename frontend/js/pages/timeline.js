/** Attendance of a day: one row a person on a line of the day's hours, with the means to put it right. */
import { get, queryText, words } from '../api.js';
import { el, fill, find, initials, keepFocus, settled } from '../dom.js';
import { LiveEvents } from '../events.js';
import { clockTime, duration, hourOf, longDay, shiftDay } from '../format.js';
import { icon } from '../icons.js';
import { t, tOr } from '../i18n.js';
import { chip, empty, notice, openPage } from '../shell.js';
import { correct, markByHand, voidRow } from '../timeline/dialogs.js';

const GONE = new Set(['voided', 'superseded']);
const MOST = 500;
const SYNC = { synced: ['good', 'check'], failed: ['bad', 'warning'], deleted: ['warn', 'warning'], removed: ['', 'close'], pending: ['', 'queue'] };

const state = { day: '', today: '', now: null, records: [], scopes: [], search: '' };

const may = (scope) => state.scopes.includes('*') || state.scopes.includes(scope);

/** The site's date and time now, as the server has them. */
async function siteNow() {
  try {
    return (await get('/health')).data.time;
  } catch (problem) {
    const told = problem.details?.time;
    if (told) return told;
    const here = new Date();
    return new Date(here - here.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  }
}

async function load() {
  const { day } = state;
  find('#rows').setAttribute('aria-busy', 'true');
  find('#day').value = day;
  find('#day-name').textContent = longDay(day);
  find('#later').disabled = day >= state.today;
  find('#today').disabled = day === state.today;
  for (const format of ['csv', 'xlsx']) find(`#${format}`).href = `/api/v1/attendance/export${queryText({ format, start_date: day, end_date: day })}`;
  history.replaceState(null, '', day === state.today ? location.pathname : `?day=${day}`);
  try {
    const [{ data }, now] = await Promise.all([get('/attendance', { start_date: day, end_date: day, limit: MOST }), siteNow()]);
    if (day !== state.day) return;
    Object.assign(state, { records: data.records, now });
    show();
  } catch (problem) {
    fill(find('#table'), notice('bad', words(problem)));
  } finally {
    find('#rows').setAttribute('aria-busy', 'false');
  }
}

function show() {
  const wanted = state.search.toLocaleLowerCase();
  const rows = state.records.filter((row) => [row.person_name, row.person_id, row.department].some((text) => String(text ?? '').toLocaleLowerCase().includes(wanted)));
  showSums(rows);
  if (!rows.length) return fill(find('#table'), empty('clock', t(wanted ? 'timeline.none' : 'timeline.empty')));
  const people = grouped(rows);
  people.sort((one, other) => one[0].person_name.localeCompare(other[0].person_name));
  return keepFocus(find('#table'), () => fill(find('#table'), el('ul', { class: 'days' }, people.map(person))));
}

function grouped(rows) {
  const found = new Map();
  for (const row of rows) found.set(row.person_id, [...(found.get(row.person_id) ?? []), row]);
  return [...found.values()];
}

function minutesOf(row) {
  if (GONE.has(row.status)) return 0;
  if (row.check_out === null) return state.day === state.today ? Math.max(0, (Date.parse(state.now) - Date.parse(row.check_in)) / 60_000) : 0;
  return row.duration_minutes ?? 0;
}

function showSums(rows) {
  const valid = rows.filter((row) => !GONE.has(row.status));
  const present = new Set(valid.map((row) => row.person_id)).size;
  const open = valid.filter((row) => row.check_out === null).length;
  const flagged = valid.filter((row) => row.flags.length > 0 || row.status === 'assumed').length;
  const failed = rows.filter((row) => row.sync_error).length;
  fill(find('#sums'), sum('people', t('sum.present'), present), sum('in', t('sum.in'), open), sum('warning', t('sum.flagged'), flagged, flagged && 'warn'),
    failed > 0 && sum('sync', t('sum.failed'), failed, 'bad'));
}

const sum = (sign, text, number, kind = '') => el('li', { class: kind || '' }, icon(sign), el('strong', {}, String(number)), el('span', {}, text));

function person(rows) {
  const [first] = rows;
  rows.sort((one, other) => Date.parse(one.check_in) - Date.parse(other.check_in));
  const total = rows.reduce((minutes, row) => minutes + minutesOf(row), 0);
  return el('li', { class: 'day', data: { person: first.person_id } },
    el('div', { class: 'who-row' }, el('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(first.person_name)),
      el('div', { class: 'main' }, el('strong', {}, first.person_name), el('span', { class: 'small muted' }, [first.person_id, first.department].filter(Boolean).join(' · '))),
      el('span', { class: 'total num' }, duration(total))),
    line(rows), el('ul', { class: 'sessions' }, rows.map(session)));
}

/** The day from 0 to 24 hours with a block for each session; the times beside it say the same in words. */
function line(rows) {
  const blocks = rows.filter((row) => !GONE.has(row.status)).map((row) => {
    const from = hourOf(row.check_in, state.day);
    const to = hourOf(row.check_out ?? (state.day === state.today ? state.now : row.check_in), state.day);
    const block = el('span', { class: `block ${row.status}` });
    block.style.left = `${from / 0.24}%`;
    block.style.width = `${Math.max(0.4, (to - from) / 0.24)}%`;
    return block;
  });
  const hours = [6, 12, 18].map((hour) => {
    const mark = el('span', { class: 'hour' }, `${hour}`);
    mark.style.left = `${hour / 0.24}%`;
    return mark;
  });
  return el('div', { class: 'line', 'aria-hidden': 'true' }, hours, blocks);
}

function session(row) {
  const gone = GONE.has(row.status);
  const out = row.check_out ? clockTime(row.check_out) : t('timeline.open');
  const nextDay = row.check_out && row.check_out.slice(0, 10) !== row.check_in.slice(0, 10);
  return el('li', { class: gone ? 'gone' : '', data: { row: row.id } },
    el('span', { class: 'times num' }, icon('in'), el('span', { class: 'visually-hidden' }, t('action.check_in')), clockTime(row.check_in),
      icon('out'), el('span', { class: 'visually-hidden' }, t('action.check_out')), out, nextDay && el('span', { class: 'small muted' }, t('timeline.nextday'))),
    el('span', { class: 'muted num' }, duration(minutesOf(row) || row.duration_minutes || null)),
    el('span', { class: 'chips' }, chips(row)),
    !gone && may('attendance:write') && el('span', { class: 'keys' },
      el('button', { type: 'button', class: 'plain', data: { focus: `correct-${row.id}` }, on: { click: () => correct(row, load) } }, icon('edit'), t('timeline.correct')),
      el('button', { type: 'button', class: 'plain', data: { focus: `void-${row.id}` }, on: { click: () => voidRow(row, load) } }, icon('trash'), t('timeline.void'))));
}

function chips(row) {
  const [kind, sign] = SYNC[row.sync_state] ?? ['', 'sync'];
  return [
    row.status !== 'closed' && row.status !== 'open' && chip('warn', 'warning', tOr('status', row.status, row.status)),
    row.status === 'open' && chip('info', 'in', t('status.open')),
    ...row.flags.map((flag) => chip('warn', 'warning', tOr('flag', flag, flag))),
    row.source !== 'correction' && chip('', row.source === 'face' ? 'face' : 'person', tOr('source', row.source, row.source)),
    row.sync_state && row.sync_state !== 'none' && chip(row.sync_error ? 'bad' : kind, row.sync_error ? 'warning' : sign, tOr('sync_state', row.sync_state, row.sync_state), row.sync_error),
  ];
}

function go(day) {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return;
  state.day = day;
  load();
}

async function open() {
  const mine = await openPage();
  state.scopes = mine.scopes ?? ['*'];
  state.now = await siteNow();
  state.today = state.now.slice(0, 10);
  find('#mark').hidden = !may('attendance:write');
  find('#mark').addEventListener('click', () => markByHand(state.day, state.now, load));
  find('#earlier').addEventListener('click', () => go(shiftDay(state.day, -1)));
  find('#later').addEventListener('click', () => go(shiftDay(state.day, 1)));
  find('#today').addEventListener('click', () => go(state.today));
  find('#day').addEventListener('change', (event) => go(event.target.value));
  find('#search').addEventListener('input', settled((event) => {
    state.search = event.target.value.trim();
    show();
  }, 120));
  const asked = new URLSearchParams(location.search).get('day') ?? '';
  state.day = /^\d{4}-\d\d-\d\d$/.test(asked) ? asked : state.today;
  await load();
  const soon = settled(load, 500);
  new LiveEvents({ onEvent: (kind) => (kind === 'attendance' || kind === 'sync') && soon() }).start();
}

open();
