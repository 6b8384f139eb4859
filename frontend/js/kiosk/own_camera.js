/**
 * This device's camera at the door: its pictures go to a session of the server a few times a
 * second, the answers draw boxes and greet; the server's events are not needed. A session ends after ten silent seconds; the next
 * picture then opens a new one.
 */
import { ApiError, loginAddress, post, remove } from '../api.js';
import { cameraAllowed, cameraLive, cameraProblem, openCamera, takePicture } from '../camera.js';
import { el, fill, find } from '../dom.js';
import { icon } from '../icons.js';
import { t } from '../i18n.js';

const EACH = 240;
/** The same while somebody is asked to move: a turn has to be seen on its way. */
const EACH_MOVE = 125;
const WIDTH = 640;
const PATIENCE = 2_500;
const LOST_AFTER = 2_500;
const RETRY = 800;
const HICCUPS = 3;

export class OwnCamera {
  constructor({ clock, links, greet, asked, device }) {
    Object.assign(this, { clock, links, greet, asked, device, session: null, hiccups: 0, challenged: false });
    this.video = find('#own');
    this.boxes = find('#boxes');
    this.blind = find('#blind');
  }

  async start() {
    if (!cameraAllowed()) return this.showBlind(cameraProblem());
    this.watch();
    await this.openVideo();
    for (;;) await this.step();
  }

  async openVideo() {
    for (;;) {
      try {
        await openCamera(this.video);
        this.video.hidden = false;
        this.boxes.hidden = false;
        this.blind.hidden = true;
        return;
      } catch (problem) {
        this.showBlind(cameraProblem(problem));
        await pause(2_000);
      }
    }
  }

  async step() {
    const began = performance.now();
    if (!cameraLive(this.video)) {
      this.showBlind(t('camera.gone'));
      await pause(RETRY);
      return this.openVideo();
    }
    try {
      const picture = await takePicture(this.video, { width: WIDTH, quality: 0.82 });
      if (picture) await this.send(picture);
      this.hiccups = 0;
      this.links.set({ server: true, camera: true });
    } catch (problem) {
      await this.stumble(problem);
    }
    const each = this.challenged ? EACH_MOVE : EACH;
    return pause(Math.max(20, each - (performance.now() - began)));
  }

  async send(picture) {
    if (this.session === null) {
      const answer = (await post('/camera/sessions', { device: this.device }, { patience: PATIENCE })).data;
      this.session = answer.session_id ?? answer.id;
    }
    const path = `/camera/sessions/${encodeURIComponent(this.session)}/frames`;
    const { data } = await post(path, picture, { patience: PATIENCE, headers: { 'Content-Type': 'image/jpeg' } });
    this.draw(data);
    const request = nearestRequest(data.tracks ?? []);
    this.challenged = request !== null;
    this.asked(request);
    for (const event of data.events ?? []) this.greet(event.kind, event.payload ?? event);
  }

  async stumble(problem) {
    if (!(problem instanceof ApiError)) throw problem;
    this.challenged = false;
    this.asked(null);
    if (problem.status === 401) location.assign(loginAddress());
    if (problem.status === 404 || problem.status === 410) this.session = null;
    else if (problem.status === 0) this.links.set({ server: false });
    else if (problem.status >= 500 && ++this.hiccups > HICCUPS) this.links.set({ server: true, camera: true, trouble: problem.message });
    else if (problem.status === 403) this.links.set({ server: true, camera: false, why: problem.message });
    await pause(problem.retryAfter ? problem.retryAfter * 1_000 : RETRY);
  }

  /** Boxes around faces: a full line for a known face, a dashed one while we are not sure. */
  draw({ width = WIDTH, height = 480, tracks = [] }) {
    const canvas = this.boxes;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const pen = canvas.getContext('2d');
    pen.clearRect(0, 0, width, height);
    pen.lineWidth = Math.max(3, width / 160);
    for (const track of tracks) {
      const known = Boolean(track.person ?? track.person_id);
      const [x, y, w, h] = track.box;
      pen.strokeStyle = known ? '#8fe3ab' : '#ffffffcc';
      pen.setLineDash(known ? [] : [width / 40, width / 60]);
      pen.strokeRect(x, y, w, h);
    }
  }

  /** Notices within three seconds when the camera hangs: pictures that no longer change. */
  watch() {
    let time = 0;
    let moved = performance.now();
    setInterval(() => {
      if (this.video.currentTime !== time) {
        time = this.video.currentTime;
        moved = performance.now();
        this.blind.hidden = this.video.srcObject !== null;
      } else if (this.video.srcObject && performance.now() - moved > LOST_AFTER) this.showBlind(t('camera.gone'));
    }, 500);
    window.addEventListener('pagehide', () => this.session !== null && remove(`/camera/sessions/${encodeURIComponent(this.session)}`).catch(() => {}));
  }

  showBlind(text) {
    this.blind.hidden = false;
    fill(this.blind, icon('blind'), el('p', {}, text));
    this.links.set({ camera: false, why: text });
  }
}

/** What the nearest of those who are challenged is asked to do, or null. */
function nearestRequest(tracks) {
  const asked = tracks.filter((track) => track.request);
  return asked.sort((one, other) => other.box[2] - one.box[2])[0]?.request ?? null;
}

function pause(length) {
  return new Promise((resolve) => setTimeout(resolve, length));
}
