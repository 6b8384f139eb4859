/** Pull and push by hand, and what the last exchange brought. */
import { ApiError, get, post, words } from '../api.js';
import { busy, el, fill, find } from '../dom.js';
import { dayAndTime } from '../format.js';
import { t, tOr } from '../i18n.js';
import { notice } from '../shell.js';

const PATIENCE = 120_000;
const ASK_EACH = 2_000;
const COUNTS = ['added', 'updated', 'unchanged', 'deactivated', 'pushed', 'skipped', 'failed'];

function today() {
  const now = new Date();
  return new Date(now - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

export function openExchange({ may }) {
  const result = find('#sync-result');
  const pull = find('#pull');
  const push = find('#push');
  find('#push-from').value = today();
  find('#push-to').value = today();
  for (const button of [pull, push]) button.disabled = !may('sync:write');

  async function look() {
    if (!may('sync:read')) return;
    try {
      const { odoo } = (await get('/sync/status')).data;
      fill(find('#sync-facts'),
        fact(t('sync.status'), tOr('odoo.status', odoo.status, odoo.status)),
        fact(t('sync.last'), odoo.last_sync ? dayAndTime(odoo.last_sync) : t('odoo.never')),
        fact(t('sync.pending'), String(odoo.pending ?? 0)),
        fact(t('sync.failed'), String(odoo.failed ?? 0)),
        odoo.last_sync_message && fact(t('sync.message'), odoo.last_sync_message));
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
  });

  pull.addEventListener('click', () => run(pull, () => post('/sync/odoo/pull', { dry_run: find('#dry-run').checked }, { patience: PATIENCE })));
  push.addEventListener('click', () => {
    const [start, end] = [find('#push-from').value, find('#push-to').value];
    if (!start || !end || start > end) {
      fill(result, notice('bad', t('sync.range')));
      return;
    }
    run(push, () => post('/sync/odoo/push', { start_date: start, end_date: end, dry_run: find('#dry-run').checked }, { patience: PATIENCE }));
  });

  function showResult(answer) {
    const counts = COUNTS.filter((name) => typeof answer[name] === 'number').map((name) => t(`sync.count.${name}`, { number: answer[name] })).join(' · ');
    const errors = answer.errors ?? [];
    fill(result, notice(errors.length || answer.success === false ? 'warn' : 'good',
      el('strong', {}, answer.message ?? t('sync.done')), counts && el('p', { class: 'small' }, counts),
      answer.dry_run && el('p', { class: 'small' }, t('sync.dry.was')),
      errors.length > 0 && el('ul', { class: 'errors' }, errors.slice(0, 50).map((line) => el('li', {}, String(line))))));
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

const fact = (name, value) => el('div', {}, el('dt', {}, name), el('dd', {}, value));
