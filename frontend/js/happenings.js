/** An event of the server as one line for people: who, what, with which sign. */
import { t, tOr } from './i18n.js';

const ACTIONS = {
  check_in: ['in', 'good'],
  check_out: ['out', 'info'],
  duplicate: ['clock', ''],
  flagged: ['warning', 'warn'],
  refused: ['question', 'warn'],
  assumed_check_out: ['out', 'warn'],
  corrected: ['edit', 'info'],
  voided: ['close', 'warn'],
};

/** Why a face was not recognised, and what helps. */
const reasonWords = (reason) => tOr('reason', reason, t('reason.other'));

/**
 * `{who, what, sign, tone, time, at, person}` of an attendance or sighting event, or null for
 * kinds and decisions that are not worth a line.
 */
export function happening(kind, payload) {
  const common = { time: payload.at, at: Date.parse(payload.at), person: payload.person_id ?? null };
  if (kind === 'attendance' && payload.action in ACTIONS) {
    const [sign, tone] = ACTIONS[payload.action];
    const source = payload.source ? tOr('source', payload.source, payload.source) : '';
    return { ...common, who: payload.person_name ?? payload.person_id, what: [t(`action.${payload.action}`), source].filter(Boolean).join(' · '), sign, tone };
  }
  if (kind === 'sighting' && payload.decision === 'accepted') {
    return { ...common, who: payload.person_name ?? payload.person_id, what: t('reason.matched'), sign: 'face', tone: '' };
  }
  if (kind === 'sighting') {
    const who = ['uncertain', 'ask'].includes(payload.decision) ? t('sighting.uncertain') : t('sighting.rejected');
    return { ...common, person: null, who, what: reasonWords(payload.reason), sign: 'question', tone: 'warn' };
  }
  return null;
}
