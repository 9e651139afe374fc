/**
 * What a live session and the page say to each other; times `at` are seconds on the session's media clock.
 *
 * @typedef {import("./types.js").Face} Face
 * @typedef {"idle" | "listening" | "thinking" | "speaking"} Attention
 * @typedef {"conversation" | "puppet" | "text"} Mode who moves the lips: answers, the user's own voice, typed text
 * @typedef {"webrtc" | "websocket"} Way
 *
 * What was chosen for a part; without a name there is none, and `why` says what to configure.
 * @typedef {{name: string | null, why: string}} Chosen
 *
 * @typedef {object} LiveConfig
 * @property {RTCIceServer[]} ice_servers
 * @property {boolean} webrtc
 * @property {string} why of `webrtc`
 * @property {Chosen | null} dialogue null where it is not known before a session begins
 * @property {Chosen | null} recogniser
 *
 * What the start panel says.
 * @typedef {object} Wish
 * @property {Face} face
 * @property {Mode} mode
 * @property {Record<string, unknown>} fields of `start_stream`
 *
 * @typedef {object} Started
 * @property {string} session
 * @property {number} width
 * @property {number} height
 * @property {number} fps
 * @property {"fmp4" | "jpeg" | "track" | "none"} video
 * @property {string} mime
 * @property {number} sound_rate
 * @property {Chosen} renderer
 * @property {Chosen} speaker
 * @property {Chosen} recogniser
 * @property {Chosen} dialogue
 * @property {number} idle_seconds
 * @property {number} longest_seconds
 * @property {string[]} notes
 *
 * @typedef {{on: boolean, at: number, utterance: string, cut: boolean}} Speaking
 *
 * @typedef {object} Caption
 * @property {"user" | "avatar"} who
 * @property {string} text
 * @property {number} at
 * @property {number} duration
 * @property {{text: string, start: number, end: number}[]} [words]
 * @property {boolean} final
 * @property {string} utterance
 * @property {string} language
 * @property {boolean} audible
 *
 * @typedef {object} Stats
 * @property {number} at
 * @property {number} frames
 * @property {number} late
 * @property {number} dropped
 * @property {number} draw_ms
 * @property {number} encode_ms
 * @property {number} buffered
 * @property {number} viewers
 *
 * Milliseconds from the end of what is answered; null was not taken.
 * @typedef {object} Turn
 * @property {number} turn
 * @property {number | null} end_of_turn
 * @property {number | null} recognised
 * @property {number | null} first_token
 * @property {number | null} first_sentence
 * @property {number | null} first_sound
 * @property {number | null} first_frame
 * @property {boolean} interrupted
 *
 * @typedef {{code: string, message: string, cure: string}} Notice
 * @typedef {Notice & {fatal: boolean, retryable: boolean}} LiveProblem
 * @typedef {"stopped" | "idle" | "too_long" | "error" | "worker_lost" | "shutting_down" | "client_gone"} EndReason
 *
 * How live sessions fare.
 * @typedef {object} LiveState
 * @property {number} workers processes for live sessions
 * @property {number} ready how many of them answer
 * @property {number} sessions
 * @property {number} capacity sessions that the machine bears
 * @property {number} restarts
 * @property {number | null} frame_milliseconds of a core, for a frame
 * @property {{ name: string, available: boolean, why: string, frame_milliseconds: number | null }[]} engines best first
 * @property {"now" | "before" | null} measured whether the costs were found by a worker that runs, or kept from before
 *
 * How the page is connected. `why` tells of a way that could not be gone, `attempt` counts what was tried again.
 * @typedef {object} Connection
 * @property {"connecting" | "live" | "reconnecting" | "ended"} state
 * @property {Way} way
 * @property {string} why
 * @property {number} attempt
 *
 * A binary frame: 1 is sound, 2 a JPEG, 3 what an MP4 begins with, 4 a piece of it.
 * @typedef {{kind: number, at: number, data: Uint8Array<ArrayBuffer>}} Media
 *
 * What a session tells, by its name.
 * @typedef {object} LiveEvents
 * @property {Started} started
 * @property {Speaking} speaking
 * @property {Caption} caption
 * @property {{state: Attention, at: number}} state
 * @property {Stats} stats
 * @property {Turn} turn
 * @property {Notice} notice
 * @property {LiveProblem} error
 * @property {{reason: EndReason}} ended
 * @property {Connection} connection
 * @property {MediaStream} stream
 * @property {Media} media
 * @property {number} roundtrip milliseconds
 *
 * A way to the session that is open.
 * @typedef {object} Transport
 * @property {Way} way
 * @property {(message: Record<string, unknown>) => void} send
 * @property {(sound: Int16Array<ArrayBuffer>) => void} sound takes a piece of the microphone's sound
 * @property {(track: MediaStreamTrack | null) => void} microphone
 * @property {() => void} close
 *
 * What a transport tells.
 * @typedef {object} Told
 * @property {(message: any) => void} message
 * @property {(media: Media) => void} media
 * @property {(stream: MediaStream) => void} stream
 * @property {(why: string) => void} lost once, where it breaks after it was open
 */
export {};
