/*
 * music.def.h - tools of musical knowledge: analysis, notation, rendering, each by its own name.
 *
 * Each of them is a projection (job.def.h) with its model chosen, that waits for the answer: what takes longer than wait_ms is
 * answered with the job as it stands, and job_poll goes on waiting. An analysis is kept by content, model and version, so
 * that asking again costs nothing. `params` go to the model as they are; space_list with `schemas` says what it takes.
 */
#ifndef WIRE_MESSAGES_MUSIC_DEF_H
#define WIRE_MESSAGES_MUSIC_DEF_H

#define MUSIC_ENUMS(E)

#define TOOL_ANSWER_OBJECT(F) \
	F(OBJ(job_view), job, NONE, REQ, ANY, "the job that did it", "{}") \
	F(OBJ(artifact_view), artifact, NONE, OPT, ANY, "the result, when it is there; its metadata are the summary", "{}") \
	F(JSON, report, NONE, OPT, ANY, "the whole report, when the result is one of at most 64 KiB", "{\"key\": \"D major\"}")
#define MUSIC_OBJECTS(O) O(tool_answer, TOOL_ANSWER_OBJECT, "what a tool answers")

#define TOOL_FIELDS(F) \
	F(JSON, params, NONE, OPT, ANY, "an object of the model's own parameters", "{}") \
	F(INT, wait_ms, MS, DEF(10000), RANGE(0, 600000), "how long to wait for the result; 0 answers at once", "10000") \
	JOB_START_FIELDS(F)
#define TOOL_INPUT_FIELDS(F, what) \
	F(ID, artifact_id, NONE, REQ, LEN(1, 64), what, "\"01938e6a-7c00-7000-8000-000000000001\"") \
	TOOL_FIELDS(F)
#define TOOL_SCORE "the piece: MIDI, or notation that is read first"
#define TOOL_SOUND "the sound; notes are rendered first"

#define MIDI_INFO_FIELDS(F)            TOOL_INPUT_FIELDS(F, TOOL_SCORE)
#define MIDI_INFO_RESULT(F)            TOOL_ANSWER_OBJECT(F)
#define MIDI_ANALYZE_FIELDS(F)         TOOL_INPUT_FIELDS(F, TOOL_SCORE)
#define MIDI_ANALYZE_RESULT(F)         TOOL_ANSWER_OBJECT(F)
#define MIDI_UNDERSTAND_FIELDS(F)      TOOL_INPUT_FIELDS(F, TOOL_SCORE)
#define MIDI_UNDERSTAND_RESULT(F)      TOOL_ANSWER_OBJECT(F)
#define MIDI_CLASSIFY_FIELDS(F)        TOOL_INPUT_FIELDS(F, TOOL_SCORE)
#define MIDI_CLASSIFY_RESULT(F)        TOOL_ANSWER_OBJECT(F)
#define MIDI_CLASSIFY_VOICES_FIELDS(F) TOOL_INPUT_FIELDS(F, TOOL_SCORE)
#define MIDI_CLASSIFY_VOICES_RESULT(F) TOOL_ANSWER_OBJECT(F)
#define MIDI_VOICE_SEPARATE_FIELDS(F)  TOOL_INPUT_FIELDS(F, TOOL_SCORE)
#define MIDI_VOICE_SEPARATE_RESULT(F)  TOOL_ANSWER_OBJECT(F)
#define MIDI_STEMS_EXPORT_FIELDS(F) \
	F(ID, artifact_id, NONE, REQ, LEN(1, 64), TOOL_SCORE, "\"01938e6a-7c00-7000-8000-000000000001\"") \
	F(LIST(INT), voices, NONE, REQ, LEN(1, 64), "the voices as midi_classify_voices numbers them, from 0", "[0, 1]") \
	F(JSON, params, NONE, OPT, ANY, "an object of the model's own parameters", "{\"method\": \"auto\"}") \
	F(INT, wait_ms, MS, DEF(10000), RANGE(0, 600000), "how long to wait for all of them; 0 answers at once", "10000") \
	JOB_START_FIELDS(F)
#define MIDI_STEMS_EXPORT_RESULT(F) F(LIST(OBJ(job_view)), jobs, NONE, REQ, LEN(1, 64), "a job for each voice, in their order", "[]")
#define MIDI_COMPARE_FIELDS(F) \
	F(ID, other_artifact_id, NONE, REQ, LEN(1, 64), "the piece to compare it with", "\"01938e6a-7c00-7000-8000-000000000003\"") \
	TOOL_INPUT_FIELDS(F, "the piece: MIDI")
#define MIDI_COMPARE_RESULT(F)      TOOL_ANSWER_OBJECT(F)
#define MIDI_RENDER_FIELDS(F) \
	F(ID, soundfont_artifact_id, NONE, OPT, LEN(1, 64), "a SoundFont; the worker's own when absent", \
	  "\"01938e6a-7c00-7000-8000-000000000003\"") \
	TOOL_INPUT_FIELDS(F, TOOL_SCORE)
#define MIDI_RENDER_RESULT(F)       TOOL_ANSWER_OBJECT(F)
#define ABC_TEXT_FIELDS(F) \
	F(ID, artifact_id, NONE, OPT, LEN(1, 64), "the tune; or its text as `abc`", "\"01938e6a-7c00-7000-8000-000000000001\"") \
	F(TEXT, abc, NONE, OPT_SHOWN, LEN(1, 65536), "the tune's text, of which an artifact is made", "\"X:1\\nK:D\\nDFAd|\"") \
	TOOL_FIELDS(F)
#define ABC_VALIDATE_FIELDS(F)      ABC_TEXT_FIELDS(F)
#define ABC_VALIDATE_RESULT(F)      TOOL_ANSWER_OBJECT(F)
#define ABC_TO_MIDI_FIELDS(F)       ABC_TEXT_FIELDS(F)
#define ABC_TO_MIDI_RESULT(F)       TOOL_ANSWER_OBJECT(F)
#define AUDIO_INFO_FIELDS(F)        TOOL_INPUT_FIELDS(F, TOOL_SOUND)
#define AUDIO_INFO_RESULT(F)        TOOL_ANSWER_OBJECT(F)
#define AUDIO_ANALYZE_FIELDS(F)     TOOL_INPUT_FIELDS(F, TOOL_SOUND)
#define AUDIO_ANALYZE_RESULT(F)     TOOL_ANSWER_OBJECT(F)
#define AUDIO_COMPARE_FIELDS(F) \
	F(ID, other_artifact_id, NONE, REQ, LEN(1, 64), "the sound to compare it with", "\"01938e6a-7c00-7000-8000-000000000003\"") \
	TOOL_INPUT_FIELDS(F, "the sound")
#define AUDIO_COMPARE_RESULT(F)     TOOL_ANSWER_OBJECT(F)
#define BEATS_DETECT_FIELDS(F)      TOOL_INPUT_FIELDS(F, TOOL_SOUND)
#define BEATS_DETECT_RESULT(F)      TOOL_ANSWER_OBJECT(F)
#define SOUNDFONT_INSPECT_FIELDS(F) TOOL_INPUT_FIELDS(F, "the SoundFont")
#define SOUNDFONT_INSPECT_RESULT(F) TOOL_ANSWER_OBJECT(F)

/* M(name, NAME, owner, routing, work, annotations, profile, doc) */
#define MUSIC_REQUESTS(M) \
	M(midi_understand, MIDI_UNDERSTAND, HOOTENANNY, OWNER, JOB, IDEMPOTENT, CORE, "Tell what a piece is: key, meter, chords, form, tension.") \
	M(midi_info, MIDI_INFO, HOOTENANNY, OWNER, JOB, IDEMPOTENT, FULL, "Tell the facts of a MIDI file: format, tracks, tempo, meter, length.") \
	M(midi_analyze, MIDI_ANALYZE, HOOTENANNY, OWNER, JOB, IDEMPOTENT, FULL, "Profile the tracks of a piece: range, polyphony, density.") \
	M(midi_classify, MIDI_CLASSIFY, HOOTENANNY, OWNER, JOB, IDEMPOTENT, FULL, "Tell what kind of piece it is: genre, mood, energy, instruments.") \
	M(midi_classify_voices, MIDI_CLASSIFY_VOICES, HOOTENANNY, OWNER, JOB, IDEMPOTENT, FULL, "Find the voices of a piece and the role of each.") \
	M(midi_voice_separate, MIDI_VOICE_SEPARATE, HOOTENANNY, OWNER, JOB, IDEMPOTENT, FULL, "Take a piece apart into one track for each voice.") \
	M(midi_stems_export, MIDI_STEMS_EXPORT, HOOTENANNY, OWNER, JOB, IDEMPOTENT, FULL, "Export voices of a piece as MIDI files of their own.") \
	M(midi_compare, MIDI_COMPARE, HOOTENANNY, OWNER, JOB, IDEMPOTENT, FULL, "Tell how alike two pieces are, and in what.") \
	M(midi_render, MIDI_RENDER, HOOTENANNY, OWNER, JOB, IDEMPOTENT, FULL, "Render a piece to sound with a SoundFont.") \
	M(abc_validate, ABC_VALIDATE, HOOTENANNY, OWNER, JOB, NORMAL, FULL, "Check ABC notation: every mistake with its line, column and a suggestion.") \
	M(abc_to_midi, ABC_TO_MIDI, HOOTENANNY, OWNER, JOB, NORMAL, FULL, "Turn ABC notation into MIDI.") \
	M(audio_info_, AUDIO_INFO, HOOTENANNY, OWNER, JOB, IDEMPOTENT, FULL, "Tell the facts of a sound file: format, length, levels, silence.") \
	M(audio_analyze, AUDIO_ANALYZE, HOOTENANNY, OWNER, JOB, IDEMPOTENT, FULL, "Listen to a sound: tempo, key, loudness, spectrum, mood.") \
	M(audio_compare, AUDIO_COMPARE, HOOTENANNY, OWNER, JOB, IDEMPOTENT, FULL, "Tell how alike two sounds are.") \
	M(beats_detect, BEATS_DETECT, HOOTENANNY, OWNER, JOB, IDEMPOTENT, FULL, "Find the beats, downbeats and tempo of a sound.") \
	M(soundfont_inspect, SOUNDFONT_INSPECT, HOOTENANNY, OWNER, JOB, IDEMPOTENT, FULL, "List the presets and drum maps of a SoundFont.")
#define MUSIC_EVENTS(N)
#define MUSIC_UNIONS(U)

#endif
