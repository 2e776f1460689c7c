-- The call log. A conversation is what the outside party lived through, over
-- queues, transfers and pick-ups; its parts are rows of their own.
--
-- Ids are UUIDv7 made from the start of the call, so they are in order of time:
-- every key below begins with conversation's id, and partitions by month are
-- ranges of that id (no key or foreign key has to change for it).

CREATE TABLE conversations (
	id uuid PRIMARY KEY,
	pbx text NOT NULL,
	merged_into uuid,
	version bigint NOT NULL,
	direction text NOT NULL CHECK (direction IN ('inbound', 'outbound', 'internal', 'unknown')),
	state text NOT NULL,
	external_number text,
	external_e164 text,
	external_display text,
	external_name text,
	presentation text,
	dialled text,
	queue text,
	initiator text,
	click_to_dial boolean NOT NULL DEFAULT false,
	started_at timestamptz NOT NULL,
	start_unknown boolean NOT NULL DEFAULT false,
	answered_at timestamptz,
	ended_at timestamptz,
	ended_unknown boolean NOT NULL DEFAULT false,
	outcome text,
	cause_sip smallint,
	cause_q850 smallint,
	ended_by text,
	lines text[] NOT NULL DEFAULT '{}',
	unknown text[] NOT NULL DEFAULT '{}',
	contact_name text,
	company text,
	doc jsonb NOT NULL,
	written_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX conversations_started ON conversations (started_at, id);
CREATE INDEX conversations_e164 ON conversations (external_e164, started_at)
	WHERE external_e164 IS NOT NULL;
CREATE INDEX conversations_number ON conversations (external_number, started_at)
	WHERE external_number IS NOT NULL;
CREATE INDEX conversations_merged ON conversations (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX conversations_open ON conversations (started_at)
	WHERE ended_at IS NULL AND NOT ended_unknown;
COMMENT ON TABLE conversations IS 'One row a conversation, newest picture; goes on while ended_at is NULL and ended_unknown false';
COMMENT ON COLUMN conversations.id IS 'UUIDv7 of the start; in order of time';
COMMENT ON COLUMN conversations.pbx IS 'Name of the PBX''s section in the configuration';
COMMENT ON COLUMN conversations.merged_into IS 'It turned out to be part of this conversation (a consultation, after the transfer) and counts in no report. No foreign key: that one may be written later';
COMMENT ON COLUMN conversations.version IS 'Rises with each change; an older picture never replaces a newer one';
COMMENT ON COLUMN conversations.direction IS 'inbound, outbound, internal, unknown';
COMMENT ON COLUMN conversations.state IS 'Most telling state of its legs; ended at the end';
COMMENT ON COLUMN conversations.external_number IS 'Outside number as received or dialled; NULL: internal or withheld. Personal data';
COMMENT ON COLUMN conversations.external_e164 IS 'The same as +81312345678; NULL unless a valid public number. Personal data';
COMMENT ON COLUMN conversations.external_display IS 'The same as people write it. Personal data';
COMMENT ON COLUMN conversations.external_name IS 'Name that came over the network. Personal data';
COMMENT ON COLUMN conversations.presentation IS 'allowed, withheld, payphone, interaction, unavailable, unknown; NULL: internal';
COMMENT ON COLUMN conversations.dialled IS 'What the beginner dialled. Personal data in outbound calls';
COMMENT ON COLUMN conversations.queue IS 'Last queue that it waited in';
COMMENT ON COLUMN conversations.initiator IS 'Line that began it, or pbx; NULL: from outside, or not known';
COMMENT ON COLUMN conversations.click_to_dial IS 'Began by a click in the page';
COMMENT ON COLUMN conversations.started_at IS 'First sign of it (UTC, as all times here)';
COMMENT ON COLUMN conversations.start_unknown IS 'It had begun before we could see it; started_at is when we first saw it';
COMMENT ON COLUMN conversations.answered_at IS 'First answer by a person; NULL: none';
COMMENT ON COLUMN conversations.ended_at IS 'End; NULL: goes on, or see ended_unknown';
COMMENT ON COLUMN conversations.ended_unknown IS 'It is over and nobody saw when';
COMMENT ON COLUMN conversations.outcome IS 'answered, missed, abandoned, busy, declined, failed, blocked; NULL: goes on, or not known';
COMMENT ON COLUMN conversations.cause_sip IS 'SIP status at the end (RFC 3261 section 21); NULL: not known';
COMMENT ON COLUMN conversations.cause_q850 IS 'Q.850 cause at the end; NULL: not known';
COMMENT ON COLUMN conversations.ended_by IS 'Line that hung up, external, or pbx; NULL: not known';
COMMENT ON COLUMN conversations.lines IS 'Watched lines that took part; who may see the row is decided by them';
COMMENT ON COLUMN conversations.unknown IS 'Facts that the sources could not see: hold, dialled ...';
COMMENT ON COLUMN conversations.contact_name IS 'The contact, when exactly one was found. Personal data';
COMMENT ON COLUMN conversations.company IS 'Its company';
COMMENT ON COLUMN conversations.doc IS 'The whole picture, as in schema/ws/protocol.md. Personal data';
COMMENT ON COLUMN conversations.written_at IS 'When the newest picture was written';

CREATE TABLE legs (
	conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
	id uuid NOT NULL,
	line text NOT NULL REFERENCES lines,
	role text,
	state text NOT NULL,
	result text,
	rang_from timestamptz,
	rang_to timestamptz,
	ring_s numeric,
	talked_s numeric NOT NULL DEFAULT 0,
	held_s numeric NOT NULL DEFAULT 0,
	started_at timestamptz NOT NULL,
	cause_sip smallint,
	cause_q850 smallint,
	PRIMARY KEY (conversation_id, id)
);
CREATE INDEX legs_line ON legs (line, started_at);
COMMENT ON TABLE legs IS 'A line''s part in a conversation, over all its devices';
COMMENT ON COLUMN legs.conversation_id IS 'Which conversation';
COMMENT ON COLUMN legs.id IS 'UUIDv7';
COMMENT ON COLUMN legs.line IS 'Whose';
COMMENT ON COLUMN legs.role IS 'caller, callee, consulted, transferred-to, picker; NULL: not known';
COMMENT ON COLUMN legs.state IS 'CSTA connection state; ended is final';
COMMENT ON COLUMN legs.result IS 'answered, answered-elsewhere, missed, busy, declined, unreachable, cancelled, called; NULL: goes on, or not known';
COMMENT ON COLUMN legs.rang_from IS 'Began to ring; NULL: never rang';
COMMENT ON COLUMN legs.rang_to IS 'Stopped ringing; NULL: rings, or nobody knows when';
COMMENT ON COLUMN legs.ring_s IS 'Seconds of ringing; NULL: never rang, or not known';
COMMENT ON COLUMN legs.talked_s IS 'Seconds of being connected to a person, hold included; only what has both ends known';
COMMENT ON COLUMN legs.held_s IS 'Seconds in which this line had put the other side on hold; the same';
COMMENT ON COLUMN legs.started_at IS 'Start of the conversation: for reports by line and time';
COMMENT ON COLUMN legs.cause_sip IS 'SIP status of this leg''s end';
COMMENT ON COLUMN legs.cause_q850 IS 'Q.850 cause of this leg''s end';

CREATE TABLE segments (
	conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
	position integer NOT NULL,
	kind text NOT NULL,
	line text REFERENCES lines,
	started_at timestamptz,
	ended_at timestamptz,
	ended_unknown boolean NOT NULL DEFAULT false,
	PRIMARY KEY (conversation_id, position)
);
CREATE INDEX segments_line ON segments (line, started_at);
COMMENT ON TABLE segments IS 'The story of a conversation, stretch by stretch';
COMMENT ON COLUMN segments.conversation_id IS 'Which conversation';
COMMENT ON COLUMN segments.position IS '1 is the first';
COMMENT ON COLUMN segments.kind IS 'announcement, queue, rang, talked, held, parked';
COMMENT ON COLUMN segments.line IS 'With whom; NULL: nobody, as in a queue';
COMMENT ON COLUMN segments.started_at IS 'Its begin; NULL: not known';
COMMENT ON COLUMN segments.ended_at IS 'Its end; NULL: goes on, or see ended_unknown';
COMMENT ON COLUMN segments.ended_unknown IS 'It is over and nobody saw when';

CREATE TABLE transfers (
	conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
	position integer NOT NULL,
	at timestamptz,
	kind text NOT NULL,
	from_line text,
	target text,
	note text,
	PRIMARY KEY (conversation_id, position)
);
CREATE INDEX transfers_from ON transfers (from_line);
COMMENT ON TABLE transfers IS 'Who handed a conversation on to whom';
COMMENT ON COLUMN transfers.conversation_id IS 'Which conversation';
COMMENT ON COLUMN transfers.position IS '1 is the first';
COMMENT ON COLUMN transfers.at IS 'When; NULL: not known';
COMMENT ON COLUMN transfers.kind IS 'blind, attended, pickup, park, retrieve';
COMMENT ON COLUMN transfers.from_line IS 'Who gave; NULL for a retrieval';
COMMENT ON COLUMN transfers.target IS 'Who got it: a line or an outside number (no foreign key for that reason); NULL for parking';
COMMENT ON COLUMN transfers.note IS 'What was written for the next agent. Personal data';

CREATE TABLE traces (
	conversation_id uuid PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
	entries jsonb NOT NULL
);
COMMENT ON TABLE traces IS 'Why did it (not) pop: the decisions about a conversation';
COMMENT ON COLUMN traces.conversation_id IS 'Which conversation';
COMMENT ON COLUMN traces.entries IS 'Array of {at, what, detail}, in order. May hold numbers: personal data';

CREATE TABLE call_notes (
	conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
	position integer NOT NULL,
	at timestamptz NOT NULL,
	user_name text,
	text text NOT NULL,
	PRIMARY KEY (conversation_id, position)
);
COMMENT ON TABLE call_notes IS 'What agents wrote about a conversation';
COMMENT ON COLUMN call_notes.conversation_id IS 'Which conversation';
COMMENT ON COLUMN call_notes.position IS '1 is the first';
COMMENT ON COLUMN call_notes.at IS 'When';
COMMENT ON COLUMN call_notes.user_name IS 'Who: the log-in name then (users may be removed, notes stay)';
COMMENT ON COLUMN call_notes.text IS 'What. Personal data';

CREATE TABLE journal_position (
	single boolean PRIMARY KEY DEFAULT true CHECK (single),
	epoch text NOT NULL,
	pos numeric(20) NOT NULL,
	refused bigint NOT NULL DEFAULT 0,
	changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE journal_position IS 'How far the record journal is in this database: one row, moved in the same transaction as the rows';
COMMENT ON COLUMN journal_position.single IS 'There is one row';
COMMENT ON COLUMN journal_position.epoch IS 'Which journal: a number made when it was first created';
COMMENT ON COLUMN journal_position.pos IS 'Every record before this byte is written';
COMMENT ON COLUMN journal_position.refused IS 'Records that were damaged or that the database refused, and were passed over';
COMMENT ON COLUMN journal_position.changed_at IS 'When it last moved';
