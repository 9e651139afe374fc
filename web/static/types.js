/**
 * What the service says, as the page reads it.
 *
 * @typedef {"queued" | "running" | "waiting_review" | "completed" | "failed" | "cancelled"} JobStatus
 *
 * @typedef {object} Failure
 * @property {string} kind
 * @property {string} message
 * @property {string} cure
 *
 * How a language model directed.
 * @typedef {object} DirectionReport
 * @property {string} endpoint
 * @property {string} model
 * @property {number} segments stretches of about half a minute
 * @property {number} questions
 * @property {number} repaired
 * @property {number} unplayable answers that could not be played
 * @property {number} by_rules
 * @property {string | null} fallback
 * @property {string | null} fallback_reason
 * @property {Record<string, number>} problems
 * @property {string[]} told
 * @property {number | null} tokens_in
 * @property {number | null} tokens_out
 * @property {number | null} cost_usd
 * @property {number} seconds
 * @property {number | null} first_token_seconds
 *
 * @typedef {object} Job
 * @property {string} job_id
 * @property {JobStatus} status
 * @property {string} label
 * @property {string | null} character_id
 * @property {string | null} stage
 * @property {number} progress 0 to 1
 * @property {number} chunks_done
 * @property {number} chunks_total
 * @property {number | null} seconds_left
 * @property {string} created_at
 * @property {string | null} started_at
 * @property {string | null} finished_at
 * @property {Failure | null} error
 * @property {string | null} video_path
 * @property {string | null} video_url
 * @property {string | null} stream_url
 * @property {string | null} events_url
 * @property {string | null} motion_url
 * @property {string | null} thumbnail_url
 * @property {number | null} duration seconds
 * @property {number | null} frames
 * @property {string | null} fps
 * @property {number | null} width
 * @property {number | null} height
 * @property {string | null} renderer
 * @property {string | null} renderer_why
 * @property {string | null} director
 * @property {string | null} director_why
 * @property {DirectionReport | null} direction_report
 * @property {string | null} hearing
 * @property {string | null} hearing_why
 * @property {string | null} speaker
 * @property {string | null} speaker_why
 * @property {number | null} voices
 * @property {string | null} emotion
 * @property {number | null} confidence
 * @property {number | null} valence -1 to 1
 * @property {number | null} arousal -1 to 1
 * @property {SourceReading[]} emotion_sources
 * @property {string | null} emotions_url
 * @property {string | null} transcribed_text
 * @property {string | null} language
 * @property {string | null} transcriber
 * @property {string | null} transcriber_why
 * @property {string | null} captions_url
 * @property {string[]} notes
 * @property {Record<string, number> | null} seconds
 * @property {boolean | null} served
 *
 * @typedef {object} SourceReading
 * @property {string} source
 * @property {Record<string, number>} scores the share of each label
 * @property {number} valence
 * @property {number} arousal
 * @property {number} confidence
 *
 * @typedef {object} TimedEmotion
 * @property {[number, number]} span seconds
 * @property {{label: string, valence: number, arousal: number, confidence: number}} emotion
 * @property {SourceReading[]} sources
 *
 * @typedef {object} JobPage
 * @property {Job[]} jobs
 * @property {string | null} next_cursor
 *
 * @typedef {object} Box in shares of the picture, 0 to 1
 * @property {number} x
 * @property {number} y
 * @property {number} w
 * @property {number} h
 *
 * @typedef {object} Upload
 * @property {string} path
 * @property {number} [width]
 * @property {number} [height]
 * @property {number} [duration]
 * @property {boolean | null} [has_sound] of a video
 * @property {Box | null} [face]
 * @property {Box[]} [faces] the largest first
 * @property {string[]} [notes]
 * @property {Report | null} [report] on the largest face
 *
 * @typedef {"good" | "fair" | "poor" | "refused"} Verdict
 *
 * @typedef {object} Check
 * @property {string} name
 * @property {Verdict} verdict
 * @property {string} sentence
 * @property {string} cure
 *
 * @typedef {object} Report how well a portrait will animate
 * @property {Verdict} verdict
 * @property {number} score 0 to 100
 * @property {Check[]} checks
 *
 * @typedef {object} Character
 * @property {string} id
 * @property {string} name
 * @property {string | null} voice
 * @property {string | null} language
 * @property {string | null} speaker
 * @property {import("./voice_types.js").VoiceSample | null} voice_sample the recording whose voice it takes in place of `voice`
 * @property {string} direction
 * @property {string | null} framing
 * @property {string} background
 * @property {boolean} built_in
 * @property {Record<string, unknown>} [controls]
 * @property {Box | null} [face]
 *
 * What a video would take.
 * @typedef {object} Estimate
 * @property {number} seconds
 * @property {number} memory bytes
 * @property {number} card_memory bytes
 * @property {number} runs videos that it was learned from
 *
 * @typedef {object} Engine
 * @property {string} name
 * @property {boolean} available
 * @property {boolean} is_auto
 * @property {string} summary
 * @property {string} why
 * @property {string | null} [licence]
 * @property {string} [device] of an engine that draws, as is what follows
 * @property {string} [precision]
 * @property {string | null} [passed_over] why it is not chosen by itself
 * @property {Estimate} [estimate] for ten seconds of speech
 *
 * Why something failed, or may not be.
 * @typedef {object} ModelProblem
 * @property {string} kind
 * @property {string} message
 * @property {string} cure
 * @property {boolean} retryable
 *
 * @typedef {object} ModelTransfer
 * @property {number} done_bytes
 * @property {number | null} total_bytes
 * @property {number | null} bytes_per_second
 * @property {number | null} seconds_left
 *
 * @typedef {"present" | "missing" | "damaged" | "unchecked" | "waiting" | "downloading"} ModelState
 *
 * @typedef {object} ModelFile
 * @property {string} key
 * @property {string} group
 * @property {string} purpose
 * @property {number | null} size_bytes
 * @property {number} arrived_bytes
 * @property {boolean} required
 * @property {string} licence
 * @property {boolean} commercial
 * @property {boolean} allowed
 * @property {ModelProblem | null} refusal
 * @property {string[]} used_by
 * @property {ModelState} state
 * @property {ModelTransfer | null} transfer
 * @property {ModelProblem | null} problem
 *
 * @typedef {object} ModelFiles
 * @property {ModelFile[]} models
 * @property {number} free_bytes
 *
 * @typedef {object} PresetOffer
 * @property {string} name
 * @property {string} summary
 * @property {number} shorter_side
 * @property {string} fps
 *
 * @typedef {object} Director
 * @property {string} name
 * @property {boolean} available
 * @property {boolean} is_auto
 * @property {string} why
 *
 * @typedef {object} Hearer who finds where somebody speaks
 * @property {string} name
 * @property {boolean} available
 * @property {boolean} is_auto
 * @property {string} why
 *
 * @typedef {object} ServiceStatus
 * @property {string} version
 * @property {string} device
 * @property {string | null} gpu
 * @property {Engine[]} engines
 * @property {Director[]} directors
 * @property {Hearer[]} hearing
 * @property {Engine[]} transcribers
 * @property {PresetOffer[]} presets
 * @property {{counts: Record<JobStatus, number>, max: number, oldest_wait: number}} queue
 * @property {{name: string, job_id: string | null}[]} workers
 * @property {import("./live_types.js").LiveState} live
 * @property {{free_bytes: number, total_bytes: number}} disk
 *
 * @typedef {object} Spread
 * @property {number} median
 * @property {number} p95
 * @property {number} count
 *
 * @typedef {object} Period
 * @property {number} submitted
 * @property {number} completed
 * @property {number} failed
 * @property {number} cancelled
 * @property {number} video_seconds
 *
 * @typedef {object} Dashboard
 * @property {Period} all_time
 * @property {Period} last_24_hours
 * @property {Period} last_7_days
 * @property {Spread | null} job_seconds
 * @property {Spread | null} queue_seconds
 * @property {Spread | null} speed
 * @property {{name: string, count: number}[]} failures
 *
 * @typedef {object} JobTimes
 * @property {string} job_id
 * @property {string} label
 * @property {string} finished_at
 * @property {number} duration
 * @property {number} seconds
 * @property {number | null} real_time_factor
 * @property {boolean} served
 * @property {Record<string, number>} stages
 *
 * @typedef {object} Performance
 * @property {JobTimes[]} jobs the oldest first
 *
 * A face that was chosen: a character, or a picture that was uploaded.
 * @typedef {object} Face
 * @property {"character" | "picture"} kind
 * @property {string} value the character's id, or the picture's path on the server
 * @property {string} name
 * @property {string} picture address of the picture to show
 * @property {Box | null} box
 * @property {Character} [character]
 * @property {boolean} [isFilm] a video in place of the picture
 * @property {Box[]} [faces] all in the picture, the largest first
 * @property {number} [index] which of them speaks
 * @property {Report | null} [report]
 *
 * Words that were given: a text, or a sound that was uploaded.
 * @typedef {object} Words
 * @property {"text" | "sound"} kind
 * @property {Record<string, string>} fields what the request says of them
 * @property {string} summary
 *
 * A video whose expression is played.
 * @typedef {object} Acting
 * @property {Record<string, string>} fields what the request says of it
 * @property {string} name
 * @property {string} summary
 * @property {boolean} hasSound
 *
 * @typedef {object} Look what the options say
 * @property {number} width
 * @property {number} height
 * @property {Record<string, unknown>} fields what the request says of them
 * @property {string} summary
 */
export {};
