/** The browser's own camera: whether it may be used, opening it, taking a picture. */
import { t } from './i18n.js';

/** False where the browser hides its camera: a page over plain HTTP from another machine. */
export function cameraAllowed() {
  return window.isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);
}

/** What to tell people who have no camera here, and what they may do instead. */
export function cameraProblem(problem) {
  if (!window.isSecureContext) return t('camera.insecure');
  const known = { NotAllowedError: 'denied', NotFoundError: 'none', NotReadableError: 'taken', OverconstrainedError: 'none' };
  return t(`camera.${known[problem?.name] ?? 'failed'}`);
}

/** Shows the camera in `video` and answers its stream; raises what getUserMedia raises. */
export async function openCamera(video, { width = 1280, height = 720 } = {}) {
  if (!cameraAllowed()) throw new DOMException('no camera here', 'SecurityError');
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: 'user', width: { ideal: width }, height: { ideal: height } },
  });
  video.srcObject = stream;
  await video.play();
  return stream;
}

/** Ends the camera and its light. */
export function closeCamera(video) {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
}

/** Live and moving: the track has not ended and pictures come. */
export function cameraLive(video) {
  const track = video.srcObject?.getVideoTracks()[0];
  return Boolean(track) && track.readyState === 'live' && !track.muted;
}

/** The present picture as a JPEG Blob, no wider than `width`; null before the first picture. */
export function takePicture(video, { width = 1280, quality = 0.92 } = {}) {
  if (!video.videoWidth) return Promise.resolve(null);
  const scale = Math.min(1, width / video.videoWidth);
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
}

/** A Blob's content as a data URL, as register-face takes it. */
export function dataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
