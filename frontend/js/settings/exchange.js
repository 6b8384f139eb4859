/** How the bridge stands; pull, push and comparison by hand, and what the last exchange brought. */
import { ApiError, get, post, words } from '../api.js';
import { busy, el, fill, find } from '../dom.js';
import { dayAndTime } from '../format.js';
import { t, tOr } from '../i18n.js';
import { notice } from '../shell.js';
import { odooStatus } from '../states.js';
import { chosenAt, chosenIn, chosenOf } from './which.js';

const PATIENCE = 120_000;
const ASK_EACH = 2_000;
const COUNTS = ['added', 'updated', 'unchanged', 'deactivated', 'pushed', 'skipped', 'failed', 'mended'];
const MOST_LINES = 50;

function today() {
  const now = new Date();
  return new Date(now - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

export function openExchange({ may, onDone = () => {} }) {
  const result = find('#sync-result');
  const pull = find('#pull');
  const push = find('#push');
  const compare = find('#reconcile');
  const pause = find('#pause');
  find('#push-from').value = today();
  find('#push-to').value = today();
  for (const button of [pull, push, compare]) button.disabled = !may('sync:write');

  async function look() {
    if (!may('sync:read')) return;
    try {
      const odoo = chosenOf((await get('/sync/status')).data);
      fill(find('#sync-facts'),
        fact(t('sync.status'), odooStatus(odoo)),
        fact(t('sync.last'), odoo.last_sync ? dayAndTime(odoo.last_sync) : t('odoo.never')),
        fact(t('sync.pending'), String(odoo.pending ?? 0)),
        fact(t('sync.failed'), String(odoo.failed ?? 0)),
        odoo.last_sync_message && fact(t('sync.message'), odoo.last_sync_message));
      fill(find('#sync-warning'), warning(odoo));
      pause.hidden = !odoo.configured || !may('sync:write');
      pause.dataset.verb = odoo.status === 'paused' ? 'resume' : 'pause';
      fill(pause, t(`sync.${pause.dataset.verb}`));
    } catch (problem) {
      fill(find('#sync-facts'), fact(t('sync.status'), words(problem)));
    }
  }

  const run = (button, work) => busy(button, async () => {
    fill(result, notice('info', t('sync.running')));
    try {
      showResult(await finished(await work()));
    } catch (problem) {
      // A run in which some rows failed answers in full, with success false.
      const answer = problem instanceof ApiError ? problem.details.answer : null;
      if (Array.isArray(answer?.errors)) showResult(answer);
      else fill(result, notice('bad', words(problem)));
    }
    look();
    onDone();
  });

  pause.addEventListener('click', () => busy(pause, async () => {
    try {
      await post(chosenAt(`/sync/odoo/${pause.dataset.verb}`));
    } catch (problem) {
      fill(result, notice('bad', words(problem)));
    }
    await look();
  }));

  pull.addEventListener('click', () => run(pull, () => post('/sync/odoo/pull', chosenIn({ dry_run: find('#dry-run').checked }), { patience: PATIENCE })));
  const overRange = (button, path) => button.addEventListener('click', () => {
    const [start, end] = [find('#push-from').value, find('#push-to').value];
    if (!start || !end || start > end) {
      fill(result, notice('bad', t('sync.range')));
      return;
    }
    run(button, () => post(path, chosenIn({ start_date: start, end_date: end, dry_run: find('#dry-run').checked }), { patience: PATIENCE }));
  });
  overRange(push, '/sync/odoo/push');
  overRange(compare, '/sync/odoo/reconcile');

  function showResult(answer) {
    const counts = COUNTS.filter((name) => typeof answer[name] === 'number').map((name) => t(`sync.count.${name}`, { number: answer[name] })).join(' · ');
    const errors = answer.errors ?? [];
    const differences = answer.differences ?? [];
    fill(result, notice(errors.length || answer.success === false ? 'warn' : 'good',
      el('strong', {}, answer.message ?? t('sync.done')), counts && el('p', { class: 'small' }, counts),
      answer.dry_run && el('p', { class: 'small' }, t('sync.dry.was')),
      differences.length > 0 && list(differences.map(difference)),
      errors.length > 0 && !differences.length && list(errors.map(String))));
  }

  look();
  return { look };
}

/** The end of a run that took longer than the server waits: 202 with a run_id, asked for again. */
async function finished(answer) {
  if (!answer.run_id || COUNTS.some((name) => name in answer)) return answer;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, ASK_EACH));
    const { data } = await get(`/sync/runs/${answer.run_id}`);
    if (data.state !== 'running') return { success: data.state === 'done', message: data.message, ...data.result };
  }
}

/** What somebody should know before anything else, or null. */
function warning(odoo) {
  if (odoo.status === 'paused') return notice('warn', t('sync.paused'));
  if (odoo.problem && !odoo.away_since) return notice('bad', odoo.problem);
  return odoo.away_since ? notice('warn', t('sync.away', { time: dayAndTime(odoo.away_since) })) : null;
}

const list = (lines) => el('ul', { class: 'errors' }, lines.slice(0, MOST_LINES).map((line) => el('li', {}, line)));

function difference(one) {
  const times = (side) => (side ? `${dayAndTime(side.check_in)} – ${side.check_out ? dayAndTime(side.check_out) : t('problems.open')}` : t('sync.nothing'));
  const what = t('sync.difference', { name: one.person_name ?? one.person_id ?? '?', here: times(one.here), odoo: times(one.odoo) });
  return [what, tOr('sync.kind', one.kind, one.kind), one.mended && t('sync.mended'), one.error].filter(Boolean).join(' · ');
}

const fact = (name, value) => el('div', {}, el('dt', {}, name), el('dd', {}, value));
