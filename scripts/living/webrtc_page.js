/**
 * What a page needs to measure a session over WebRTC: a microphone made by Web Audio, and what came of it.
 * All times are milliseconds of `performance.now()`.
 */

const SIDE = 48;
const CLOCK_MS = 10;

/** A voice that comes and goes as `values` say, played from time to time into `destination`. */
function voice(context, values) {
  const buffer = context.createBuffer(1, values.length, context.sampleRate);
  buffer.copyToChannel(Float32Array.from(values), 0);
  const destination = context.createMediaStreamDestination();
  const play = (at) => {
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(destination);
    source.start(at);
  };
  return { destination, play };
}

/** Notes when the sound of each moment was made, at the earliest: pairs of both clocks. */
function follow(context) {
  const pairs = [];
  const timer = setInterval(() => pairs.push([context.currentTime * 1000, performance.now()]), CLOCK_MS);
  return { pairs, stop: () => clearInterval(timer) };
}

/** Pictures of the mouth, each with its times. `part` is where it is: x, y, width, height as shares of the picture. */
function watch(video, part) {
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  const frames = [];
  const grey = [];
  let isOver = false;
  const look = (_, told) => {
    if (isOver) return;
    video.requestVideoFrameCallback(look);
    const [x, y, width, height] = part;
    const [w, h] = [video.videoWidth, video.videoHeight];
    drawing.drawImage(video, x * w, y * h, width * w, height * h, 0, 0, SIDE, SIDE);
    const { data } = drawing.getImageData(0, 0, SIDE, SIDE);
    const picture = new Uint8Array(SIDE * SIDE);
    for (let i = 0; i < picture.length; i++) picture[i] = (data[4 * i] + 2 * data[4 * i + 1] + data[4 * i + 2]) >> 2;
    grey.push(picture);
    frames.push([told.expectedDisplayTime, told.receiveTime]);
  };
  video.requestVideoFrameCallback(look);
  return { frames, grey, stop: () => (isOver = true) };
}

/** Base64 of all pictures, one after the other. */
function packed(pictures) {
  let text = "";
  for (const picture of pictures) text += String.fromCharCode(...picture);
  return btoa(text);
}

/** A session that has started: its pictures are shown in `video`, or with `isCounted` noted in `times` and not shown. */
async function open(start, destination, isCounted) {
  const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle", encodedInsertableStreams: isCounted });
  const channel = peer.createDataChannel("messages");
  const messages = [];
  channel.onmessage = ({ data }) => messages.push(JSON.parse(data));
  peer.addTransceiver(destination.stream.getAudioTracks()[0], { direction: "sendrecv" });
  peer.addTransceiver("video", { direction: "recvonly" });
  const times = [];
  for (const receiver of peer.getReceivers()) receiver.jitterBufferTarget = 0;
  if (isCounted) [...peer.getReceivers(), ...peer.getSenders()].forEach((way) => note(way, times));
  const video = document.createElement("video");
  video.muted = true;
  if (!isCounted) video.srcObject = new MediaStream(peer.getReceivers().map(({ track }) => track));
  document.body.append(video);
  await peer.setLocalDescription();
  await new Promise((done) => {
    const look = () => peer.iceGatheringState === "complete" && done();
    peer.onicegatheringstatechange = look;
    look();
  });
  const answer = await fetch("/api/v1/webrtc/offer", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ sdp: peer.localDescription.sdp, type: "offer", start }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  const { sdp, type } = await answer.json();
  await peer.setRemoteDescription({ sdp, type });
  if (!isCounted) await video.play();
  await until(() => messages.some((one) => one.type === "started"));
  return { peer, channel, messages, video, times };
}

/** Notes the timestamp of every picture that has come whole. Only key frames go on to the decoder, to spare it. */
function note(way, times) {
  const { readable, writable } = way.createEncodedStreams();
  const isPictures = way instanceof RTCRtpReceiver && way.track.kind === "video";
  const noting = new TransformStream({
    transform(frame, controller) {
      if (isPictures) times.push(frame.getMetadata().rtpTimestamp ?? frame.timestamp);
      if (!isPictures || frame.type === "key") controller.enqueue(frame);
    },
  });
  readable.pipeThrough(noting).pipeTo(writable).catch(() => null);
}

async function until(holds, patience = 30_000) {
  const deadline = performance.now() + patience;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error("It took too long.");
    await pause(20);
  }
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

async function close({ peer, channel, messages }) {
  channel.send(JSON.stringify({ type: "stop" }));
  await until(() => messages.some((one) => one.type === "ended")).catch(() => null);
  peer.close();
}

/**
 * Plays a syllable `count` times, `gap` seconds from begin to begin, and tells when each began and what was seen.
 * `settle`: seconds that a connection has before, to find its pace.
 */
async function syllables({ values, count, gap, start, part, settle }) {
  const context = new AudioContext({ sampleRate: 48_000 });
  await context.resume();
  const { destination, play } = voice(context, values);
  const clock = follow(context);
  const session = await open(start, destination, false);
  await pause(1_000 * settle);
  const watching = watch(session.video, part);
  const first = context.currentTime + 0.5;
  const begins = Array.from({ length: count }, (_, index) => first + index * gap);
  for (const begin of begins) {
    while (context.currentTime < begin - 0.3) await pause(20);
    play(begin);
  }
  await pause(1_000 * gap + 500);
  watching.stop();
  clock.stop();
  await close(session);
  await context.close();
  return { begins, clock: clock.pairs, frames: watching.frames, grey: packed(watching.grey), side: SIDE };
}

/** A session for each of `starts`, all at once for `seconds`; of each the timestamps of its pictures, and its stats. */
async function crowd({ values, starts, seconds, gap, settle }) {
  const context = new AudioContext({ sampleRate: 48_000 });
  await context.resume();
  const { destination, play } = voice(context, values);
  const sessions = await Promise.all(starts.map((start) => open(start, destination, true)));
  await pause(1_000 * settle);
  for (const { messages, times } of sessions) [messages, times].forEach((list) => list.splice(0));
  await measuring("begin");
  const stop = context.currentTime + seconds;
  for (let at = context.currentTime + 0.1; at < stop; at += gap) {
    play(at);
    while (context.currentTime < at) await pause(50);
  }
  while (context.currentTime < stop) await pause(20);
  await measuring("end");
  const found = sessions.map(({ times, messages }) => (
    { times: [...times], stats: messages.filter((one) => one.type === "stats") }
  ));
  await Promise.all(sessions.map(close));
  await context.close();
  return found;
}
