/** The live console: what the camera sees, who is in, what happened last, and whether all is well. */
import { get, words } from '../api.js';
import { el, fill, find, initials, keepFocus, settled } from '../dom.js';
import { LiveEvents } from '../events.js';
import { clockTime, duration } from '../format.js';
import { icon } from '../icons.js';
import { t } from '../i18n.js';
import { happening } from '../happenings.js';
import { chip, empty, openPage } from '../shell.js';
import { askHealth } from '../settings/health.js';
import { cameraState, healthState, odooState, queueState } from '../states.js';
import { Preview } from '../preview.js';

const LOOK_AGAIN = 10_000;
const LINES = 40;
const SAME_MOMENT = 5_000;

const lines = [];
const preview = new Preview(find('#preview'));

function tile(sign, what, { kind, text, more }, address) {
  return el('a', { class: 'card tile', href: address, data: { tile: sign, focus: sign } },
    el('span', { class: `sign ${kind}` }, icon(sign)),
    el('div', {}, el('div', { class: 'what' }, what), el('div', { class: 'how' }, text), more && el('div', { class: 'more', title: more }, more)));
}

/** What `path` answers under `data`, or the problem it has. */
const look = (path) => get(path, {}, { patience: 8_000 }).then(({ data }) => ({ data }), (problem) => ({ problem }));

async function showStates() {
  const [camera, sync, health] = await Promise.all([look('/camera/status'), look('/sync/status'), askHealth()]);
  const cameraNow = cameraState(camera);
  keepFocus(find('#tiles'), () => fill(find('#tiles'),
    tile('camera', t('console.camera'), cameraNow, '/settings.html#camera-title'),
    tile('sync', t('console.odoo'), odooState(sync), '/settings.html#odoo-title'),
    tile('queue', t('console.queue'), queueState(sync), '/settings.html#sync-title'),
    tile('heart', t('console.health'), healthState(health), '/settings.html#health-title')));
  showPicture(cameraNow);
}

function showPicture(camera) {
  const devices = find('#device');
  if (camera.devices.length > 1 && devices.options.length !== camera.devices.length) {
    fill(devices, camera.devices.map((device) => el('option', { value: device.id }, device.name)));
  }
  devices.hidden = camera.devices.length < 2;
  const chosen = camera.devices.find((device) => device.id === devices.value) ?? camera.devices[0];
  fill(find('#camera-chip'), chip(camera.kind, camera.live ? 'online' : 'offline', camera.text));
  find('#no-picture').hidden = camera.live;
  fill(find('#no-picture'), icon('camera'), el('p', {}, camera.help));
  preview.show(camera.live, chosen?.id);
  find('#preview').alt = t('console.preview', { name: chosen?.name ?? '' });
}

async function showPeopleIn() {
  let records;
  let entered;
  try {
    ({ records, entered_in_odoo: entered } = (await get('/attendance/today')).data);
  } catch (problem) {
    fill(find('#in-list'), el('li', {}, words(problem)));
    return;
  }
  const present = records.filter((row) => row.check_out === null && row.status !== 'voided' && row.status !== 'superseded');
  const known = new Set(present.map((row) => row.person_id));
  present.push(...entered.filter((row) => row.check_out === null && !known.has(row.person_id)));
  find('#in-count').textContent = present.length;
  fill(find('#in-list'), present.length ? present.map(personIn) : el('li', {}, empty('people', t('console.in.empty'))));
  if (lines.length === 0) showEarlier(records);
}

function personIn(row) {
  const minutes = row.duration_minutes ?? (Date.now() - Date.parse(row.check_in)) / 60_000;
  return el('li', {}, el('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(row.person_name)),
    el('span', { class: 'main' }, el('strong', {}, row.person_name), el('span', { class: 'small muted' }, row.source === 'odoo' ? t('source.odoo') : row.department || row.person_id)),
    el('span', { class: 'when' }, t('console.since', { time: clockTime(row.check_in) }), el('br'), el('span', { class: 'small' }, duration(minutes))));
}

/** Fills the list of the latest from today's rows until live events come. */
function showEarlier(records) {
  const past = records.flatMap((row) => [
    { kind: 'attendance', payload: { ...row, action: 'check_in', at: row.check_in } },
    row.check_out && { kind: 'attendance', payload: { ...row, action: 'check_out', at: row.check_out } },
  ]).filter(Boolean).sort((one, other) => Date.parse(one.payload.at) - Date.parse(other.payload.at));
  for (const { kind, payload } of past.slice(-LINES)) addLine(kind, payload, false);
  showLatest();
}

function addLine(kind, payload, fresh = true) {
  const event = happening(kind, payload);
  if (!event) return;
  const before = lines.findIndex((line) => line.person && line.person === event.person && Math.abs(line.at - event.at) < SAME_MOMENT);
  if (before >= 0 && kind === 'sighting') return; // the row it became says more than the sighting
  if (before >= 0 && lines[before].kind === 'sighting') lines.splice(before, 1);
  lines.unshift({ ...event, kind, fresh });
  lines.length = Math.min(lines.length, LINES);
}

function showLatest() {
  fill(find('#latest'), lines.length ? lines.map((line) => {
    const row = el('li', { class: line.fresh ? 'fresh' : '' }, el('span', { class: `sign ${line.tone}` }, icon(line.sign)),
      el('span', { class: 'main' }, el('strong', {}, line.who), el('span', { class: 'small muted' }, line.what)),
      el('span', { class: 'when' }, clockTime(line.time)));
    line.fresh = false;
    return row;
  }) : el('li', {}, empty('clock', t('console.latest.empty'))));
}

/** Says the newest line to a screen reader, and only that one. */
function announce(event) {
  if (event) find('#news').textContent = `${event.who}: ${event.what}, ${clockTime(event.time)}`;
}

function showConnection(open) {
  const box = find('#offline');
  box.hidden = open;
  fill(box, icon('offline'), t('console.offline'));
}

async function open() {
  await openPage();
  const statesSoon = settled(showStates, 300);
  const peopleSoon = settled(showPeopleIn, 300);
  const events = new LiveEvents({
    onEvent(kind, payload) {
      addLine(kind, payload);
      announce(happening(kind, payload));
      showLatest();
      if (kind === 'attendance') peopleSoon();
      if (kind !== 'sighting') statesSoon();
    },
    onState(live) {
      showConnection(live);
      if (live) { statesSoon(); peopleSoon(); }
    },
  });
  find('#device').addEventListener('change', showStates);
  await Promise.all([showStates(), showPeopleIn()]);
  showLatest();
  events.start();
  setInterval(() => document.hidden || showStates(), LOOK_AGAIN);
  setInterval(() => document.hidden || showPeopleIn(), 60_000);
}

open();
