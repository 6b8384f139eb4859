/** Which database of Odoo the page is about. Shown only where there are several. */
import { get, words } from '../api.js';
import { el, fill, find } from '../dom.js';
import { say } from '../shell.js';

const FIRST = 'default';
let chosen = FIRST;

/** A body, or a query, for the chosen connection. */
export const chosenIn = (values = {}) => (chosen === FIRST ? values : { ...values, connection: chosen });

/** The address of a call without a body, for the chosen connection. */
export const chosenAt = (path) => (chosen === FIRST ? path : `${path}?connection=${encodeURIComponent(chosen)}`);

/** Of `/sync/status`, how the chosen connection stands. */
export const chosenOf = ({ odoo, connections }) => connections?.find((each) => each.name === chosen) ?? odoo;

export async function openChoice({ may, onChosen }) {
  const row = find('#connection-choice');
  const choice = find('#connection');
  choice.addEventListener('change', () => {
    chosen = choice.value;
    onChosen();
  });
  if (!may('sync:read')) return;
  try {
    const { connections } = await get('/sync/odoo/connections');
    fill(choice, connections.map(({ name }) => el('option', { value: name }, name)));
    row.hidden = connections.length < 2;
  } catch (problem) {
    say(words(problem), 'bad');
  }
}
