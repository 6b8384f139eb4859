/** The server's answers about itself, each as `{kind, text, more}`: good, warn or bad, in words. */
import { words } from './api.js';
import { lately } from './format.js';
import { t, tOr } from './i18n.js';


function trouble(problem) {
  return { kind: problem.status === 403 ? '' : 'bad', text: problem.status === 403 ? t('state.hidden') : t('state.unknown'), more: words(problem) };
}

/** The enabled cameras of GET /camera/status, each with `id` and `live`. */
export function cameras(data) {
  return data.cameras.filter((camera) => camera.enabled).map((camera) => ({ ...camera, id: camera.device, live: camera.state === 'live' }));
}

/** Besides: `live`, `devices`, and `help`, what to do where there is no picture. */
export function cameraState({ data, problem }) {
  if (problem) return { ...trouble(problem), live: false, devices: [], help: words(problem) };
  const devices = cameras(data);
  if (!devices.length) return { kind: 'warn', text: t('camera.state.none'), more: '', live: false, devices, help: t('camera.help.none') };
  const working = devices.filter((device) => device.live);
  const fps = working.find((device) => device.fps !== null)?.fps;
  if (working.length === devices.length) {
    const more = fps === undefined ? '' : t('camera.fps', { fps: Math.round(fps) });
    return { kind: 'good', text: t('camera.state.live'), more, live: true, devices, help: '' };
  }
  const broken = devices.find((device) => !device.live);
  const text = tOr('camera.state', broken.state, t('camera.state.lost'));
  return { kind: 'bad', text, more: broken.name, live: working.length > 0, devices, help: broken.error ?? t('camera.help.lost') };
}

/** The status of a connection in words: set up is not connected before the first exchange. */
export function odooStatus(odoo) {
  return odoo.status === 'configured' && !odoo.transport_used ? t('odoo.set_up') : tOr('odoo.status', odoo.status, odoo.status);
}

export function odooState({ data, problem }) {
  if (problem) return trouble(problem);
  const { odoo } = data;
  const kinds = { configured: 'good', syncing: 'good', error: 'bad', paused: 'warn', not_configured: 'warn' };
  const last = odoo.last_sync ? t('odoo.last', { time: lately(odoo.last_sync) }) : t('odoo.never');
  return {
    kind: kinds[odoo.status] ?? '',
    text: odooStatus(odoo),
    more: odoo.status === 'not_configured' ? t('odoo.how') : (odoo.status === 'error' && odoo.last_sync_message) || last,
  };
}

export function queueState({ data, problem }) {
  if (problem) return trouble(problem);
  const { pending = 0, failed = 0 } = data.odoo;
  if (failed) return { kind: 'bad', text: t('queue.failed', { count: failed }), more: t('queue.pending', { count: pending }) };
  return { kind: 'good', text: pending ? t('queue.pending', { count: pending }) : t('queue.empty'), more: pending ? '' : t('queue.empty.more') };
}

/** The single checks of GET /health as `[{name, kind, status, text}]`. */
export function checks(data) {
  const list = Object.entries(data?.checks ?? {}).map(([name, check]) => ({ name, ...check }));
  return list.map((one) => ({
    name: tOr('health', one.name, one.name),
    kind: { ok: 'good', warning: 'warn', off: '' }[one.status] ?? 'bad',
    status: tOr('health.status', one.status, one.status),
    text: [one.message, expected(one.details)].filter(Boolean).join(' '),
  }));
}

/** Of the gallery: how many visits will not be recognised at once, and what would help. */
function expected(details) {
  const share = details?.expected_fnir;
  if (share === undefined || share === null) return '';
  const few = details.people_with_few_templates;
  const percent = share < 0.01 ? t('health.expected.few') : t('health.expected.percent', { percent: Math.round(100 * share) });
  return [t('health.expected', { share: percent }), few ? t('health.expected.more', { count: few }) : ''].filter(Boolean).join(' ');
}

export function healthState({ data, problem }) {
  if (problem) return { kind: 'bad', text: t('state.unknown'), more: words(problem) };
  const wrong = checks(data).filter((one) => one.kind === 'bad' || one.kind === 'warn');
  const worst = wrong.some((one) => one.kind === 'bad') ? 'bad' : 'warn';
  if (wrong.length) return { kind: worst, text: t('health.wrong', { count: wrong.length }), more: wrong.map((one) => one.name).join(', ') };
  return { kind: 'good', text: t('health.good'), more: data.version ? t('health.version', { version: data.version }) : '' };
}
