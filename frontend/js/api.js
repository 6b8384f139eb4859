/**
 * Calls to the server's API with the page's session: one function, one kind of error, one way to
 * say it to people. State-changing calls carry the session's CSRF token.
 */
import { t, tOr } from './i18n.js';

const BASE = '/api/v1';
const PATIENCE = 60_000;

/** A call that failed: `status` (0 where there was no answer), `code`, `details`, and words for people. */
export class ApiError extends Error {
  constructor(message, { status = 0, code = 'unreachable', details = {}, retryAfter = 0 } = {}) {
    super(message);
    this.name = 'ApiError';
    Object.assign(this, { status, code, details, retryAfter });
  }
}

let known = null;
let hearing = () => {};

/** `listener(date)` hears the Date header of each answer from now on. */
export const hearDates = (listener) => { hearing = listener; };

/** Who is logged in: `{user: {username, role}, csrf, …}`; asked once, again after `fresh`. */
export function session(fresh = false) {
  if (fresh || known === null) {
    known = call('GET', '/session').then((answer) => answer.data);
    known.catch(() => { known = null; });
  }
  return known;
}

/** Where to log in, with the way back. */
export function loginAddress() {
  return `/login?next=${encodeURIComponent(location.pathname + location.search + location.hash)}`;
}

/**
 * One call. `body`: an object is sent as JSON, a Blob or FormData as it is. Answers the whole
 * JSON object, raises ApiError. `patience` in milliseconds. Without a session the page goes to
 * the log-in, unless `stay`.
 */
export async function call(method, path, body = undefined, { patience = PATIENCE, stay = false, headers = {} } = {}) {
  const request = { method, headers: { Accept: 'application/json', ...headers }, credentials: 'same-origin', cache: 'no-store' };
  if (body instanceof Blob || body instanceof FormData) request.body = body;
  else if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers['Content-Type'] = 'application/json';
  }
  if (method !== 'GET' && !stay) request.headers['X-CSRF-Token'] = (await session()).csrf;
  request.signal = AbortSignal.timeout(patience);
  const response = await send(path, request);
  const answer = await content(response);
  if (response.ok && answer?.success !== false) return answer;
  if (response.status === 401 && !stay) location.assign(loginAddress());
  if (response.status === 403 && String(answer?.code).includes('csrf')) known = null;
  throw refusal(response, answer);
}

async function send(path, request) {
  try {
    const response = await fetch(path.startsWith('/health') ? path : BASE + path, request);
    hearing(response.headers.get('Date'));
    return response;
  } catch (problem) {
    const late = problem?.name === 'TimeoutError';
    throw new ApiError(t(late ? 'error.timeout' : 'error.unreachable'), { code: late ? 'timeout' : 'unreachable' });
  }
}

async function content(response) {
  if (response.status === 204) return { success: true };
  try {
    return await response.json();
  } catch {
    return null;
  }
}

function refusal(response, answer) {
  const code = answer?.code ?? 'http';
  return new ApiError(answer?.error ?? answer?.message ?? t('error.http', { status: response.status }), {
    status: response.status,
    code,
    details: { ...answer?.details, answer },
    retryAfter: Number(response.headers.get('Retry-After') ?? 0),
  });
}

/** What went wrong, for people: our own words for a known code, else the server's. */
export function words(problem) {
  if (problem instanceof ApiError) return tOr('error', problem.code, problem.message);
  console.error(problem);
  return t('error.page', { what: problem?.message ?? String(problem) });
}

export const get = (path, query = {}, options = {}) => call('GET', path + queryText(query), undefined, options);
export const post = (path, body = {}, options = {}) => call('POST', path, body, options);
export const patch = (path, body, options = {}) => call('PATCH', path, body, options);
export const remove = (path, options = {}) => call('DELETE', path, undefined, options);

/** `?a=1&b=2` of what is set in `query`. */
export function queryText(query) {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return set.length ? `?${new URLSearchParams(set)}` : '';
}

/** A person's own address below /persons; ids may hold any character. */
export const personPath = (personId, rest = '') => `/persons/${encodeURIComponent(personId)}${rest}`;
