// SPDX-License-Identifier: Apache-2.0
//
// The alarm's sound: two tones, again and again until somebody acknowledges. Browsers allow sound
// only after a first click or key on the page; the picture of the alarm does not depend on it.

const kEveryMs = 4000;
const kMutedKey = "detente-muted";

let context: AudioContext | undefined;
let timer: ReturnType<typeof setInterval> | undefined;

export const muted = (): boolean => sessionStorage.getItem(kMutedKey) !== null;
export function setMuted(on: boolean): void {
  if (on) sessionStorage.setItem(kMutedKey, "yes");
  else sessionStorage.removeItem(kMutedKey);
}

function tone(audio: AudioContext, hertz: number, afterS: number): void {
  const start = audio.currentTime + afterS;
  const source = audio.createOscillator();
  const volume = audio.createGain();
  source.frequency.value = hertz;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.2, start + 0.03);
  volume.gain.linearRampToValueAtTime(0, start + 0.3);
  source.connect(volume).connect(audio.destination);
  source.start(start);
  source.stop(start + 0.32);
}

function call(): void {
  if (muted() || !navigator.userActivation.hasBeenActive) return;
  context ??= new AudioContext();
  tone(context, 880, 0);
  tone(context, 660, 0.36);
}

export function soundAlarm(on: boolean): void {
  if (on === (timer !== undefined)) return;
  if (on) {
    call();
    timer = setInterval(call, kEveryMs);
  } else {
    clearInterval(timer);
    timer = undefined;
  }
}
