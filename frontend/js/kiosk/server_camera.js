/**
 * The server's camera at the door: its mirrored live picture, and a look each second at whether
 * server and camera are there, so that a loss shows within three seconds.
 */
import { ApiError, loginAddress } from '../api.js';
import { fill, el, find } from '../dom.js';
import { icon } from '../icons.js';
import { t } from '../i18n.js';
import { Preview } from '../preview.js';
import { cameras } from '../states.js';

const EACH = 1_000;
const EACH_MOVE = 250;
const PATIENCE = 1_500;
const AT_THE_DOOR = new Set(['face', 'pin', 'badge']);

/** GET /camera/status with its Date header; raises ApiError. */
async function askStatus(clock) {
  let response;
  try {
    response = await fetch('/api/v1/camera/status', { cache: 'no-store', credentials: 'same-origin', signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new ApiError(t('error.unreachable'));
  }
  clock.hear(response.headers.get('Date'));
  if (response.status === 401) location.assign(loginAddress());
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(answer?.error ?? '', { status: response.status, code: answer?.code });
  return answer.data;
}

export class ServerCamera {
  constructor({ clock, links, asked, device = null }) {
    Object.assign(this, { clock, links, asked, device, asking: false, challenged: false, lostOnce: false, shown: device });
    this.preview = new Preview(find('#live'));
    this.blind = find('#blind');
  }

  async start() {
    for (;;) {
      await this.check();
      await new Promise((resolve) => setTimeout(resolve, this.challenged ? EACH_MOVE : EACH));
    }
  }

  /** True for what happened at this door: by face, PIN or badge, on the chosen device if one is. */
  concerns(kind, payload) {
    if (this.device && payload.device && payload.device !== this.device) return false;
    // A question is put where the face was seen, and at no other door, nor at a tablet's.
    if (payload.confirmation && payload.device !== this.shown) return false;
    return kind === 'sighting' || (kind === 'attendance' && AT_THE_DOOR.has(payload.source));
  }

  async check() {
    if (this.asking) return;
    this.asking = true;
    try {
      const list = cameras(await askStatus(this.clock));
      const mine = list.find((camera) => camera.id === this.device) ?? list[0];
      const live = Boolean(mine?.live);
      this.shown = this.device ?? mine?.id ?? null;
      const why = mine ? null : t('camera.help.none');
      this.links.set({ server: true, camera: live, why, trouble: live ? mine.error : null });
      this.picture(live, mine, why);
      this.challenge(live ? mine.request : null);
    } catch (problem) {
      const server = problem instanceof ApiError && problem.status > 0;
      this.links.set({ server, camera: server ? false : null, why: problem.message || null });
      this.picture(false, null, null);
      this.challenge(null);
    } finally {
      this.asking = false;
    }
  }

  /** Shows what somebody is asked to do; a move has seconds, so it is looked at more often then. */
  challenge(request) {
    this.challenged = Boolean(request);
    this.asked(request ?? null);
  }

  picture(live, camera, why) {
    this.blind.hidden = live;
    if (!live) fill(this.blind, icon('blind'), el('p', {}, why ?? t('kiosk.blind')));
    this.preview.show(live, camera?.id ?? null);
  }
}
