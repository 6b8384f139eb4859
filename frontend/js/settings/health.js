/** Health, check by check. */
import { get } from '../api.js';
import { el, fill, find } from '../dom.js';
import { icon } from '../icons.js';
import { checks, healthState } from '../states.js';
import { chip } from '../shell.js';

const SIGNS = { good: 'check', warn: 'warning', bad: 'warning', '': 'question' };

/** GET /health as `{data}` or `{problem}`; 503 carries the same under details. */
export async function askHealth() {
  try {
    const answer = await get('/health', {}, { patience: 8_000 });
    return { data: answer.data };
  } catch (problem) {
    return problem.details?.checks ? { data: problem.details } : { problem };
  }
}

export function openHealth() {
  async function look() {
    const answer = await askHealth();
    const all = healthState(answer);
    fill(find('#health-chip'), chip(all.kind, SIGNS[all.kind], all.text));
    fill(find('#checks'), checks(answer.data).map((one) => el('li', {},
      el('span', { class: `sign ${one.kind}` }, icon(SIGNS[one.kind])),
      el('span', {}, el('strong', {}, one.name), el('span', { class: 'small muted' }, one.text)),
      chip(one.kind, SIGNS[one.kind], one.status))));
  }
  look();
  return { look };
}
