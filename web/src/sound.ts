// SPDX-License-Identifier: Apache-2.0
//
// The alarm's sound: two tones for STOP and one for a warning, again and again until somebody
// acknowledges. Browsers allow sound only after a first click or key on the page; the picture of
// the alarm does not depend on it.

const kEveryMs = 4000;
const kMutedKey = "detente-muted";

type AlarmKind = "stop" | "warning" | undefined;

let context: AudioContext | undefined;
let kind: AlarmKind;
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
  tone(context, kind === "stop" ? 880 : 523, 0);
  if (kind === "stop") tone(context, 660, 0.36);
}

export function soundAlarm(wanted: AlarmKind): void {
  if (wanted === kind) return;
  const before = kind;
  kind = wanted;
  if (before !== undefined && wanted !== undefined) return;
  if (wanted !== undefined) {
    call();
    timer = setInterval(call, kEveryMs);
  } else {
    clearInterval(timer);
    timer = undefined;
  }
}
