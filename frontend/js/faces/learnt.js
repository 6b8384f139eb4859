/** Learning over time on the faces page: what was learnt of a person, and who should be enrolled anew. */
import { get, personPath, remove } from '../api.js';
import { el } from '../dom.js';
import { t } from '../i18n.js';
import { chip, notice } from '../shell.js';

let drifting = new Map();

/** Asks who drifts away; without the right to know, or an answer, nobody does. */
export async function loadDrift() {
  try {
    const { people } = (await get('/faces/drift')).data;
    drifting = new Map(people.filter((one) => one.advice).map((one) => [one.person_id, one]));
  } catch {
    drifting = new Map();
  }
}

/** A word in the list of people, or null. */
export const driftChip = (personId) => (drifting.has(personId) ? chip('warn', 'warning', t('drift.chip')) : null);

const WHY = {
  near_threshold: ({ share }) => t('drift.near_threshold', { share: Math.round(share * 100) }),
  rising: () => t('drift.rising'),
  many_confirmations: ({ confirmed }) => t('drift.many_confirmations', { confirmed }),
};

/** Why it is advised to enrol this person anew, or null. */
export function driftNotice(personId) {
  const found = drifting.get(personId);
  return found ? notice('warn', el('strong', {}, t('drift.title')), el('p', {}, WHY[found.advice](found))) : null;
}

/** How much was learnt at the door, with the way to forget it; null where there is nothing. `dangerous` asks first. */
export function learntLine(person, faces, mayDelete, dangerous) {
  const count = faces.filter((face) => face.source === 'adaptive').length;
  if (!count) return null;
  const forget = (event) => dangerous(event.currentTarget, t('learnt.forget.ask', { name: person.name }), t('learnt.forget'), async () => {
    await remove(personPath(person.person_id, '/learnt-faces'));
    return t('learnt.forgotten');
  });
  return el('div', { class: 'learnt' }, el('p', { class: 'muted' }, t('learnt.count', { count })),
    mayDelete && el('button', { type: 'button', class: 'plain', data: { focus: 'forget-learnt' }, on: { click: forget } }, t('learnt.forget')));
}
