-- What people do with calls: notes after the call, call-backs, figures, settings.

CREATE FUNCTION json_time(at timestamptz) RETURNS text LANGUAGE sql STABLE AS
	$$ SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;
COMMENT ON FUNCTION json_time IS 'A time as schema/ws writes it: ISO 8601 UTC with microseconds';

-- ---- notes ------------------------------------------------------------------

ALTER TABLE call_notes ADD COLUMN note_id text, ADD COLUMN disposition text,
	ADD COLUMN late boolean NOT NULL DEFAULT false;
CREATE UNIQUE INDEX call_notes_id ON call_notes (conversation_id, user_name, note_id);
COMMENT ON COLUMN call_notes.note_id IS 'The browser''s own id: the same note again replaces it; NULL: from before there were ids';
COMMENT ON COLUMN call_notes.disposition IS 'How it came out: a code of dispositions; NULL: not said';
COMMENT ON COLUMN call_notes.late IS 'Written after the call: it is in no picture of the call, and stays when a picture is written';

CREATE FUNCTION call_notes_json(conversation uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT coalesce(jsonb_agg(jsonb_build_object('at', json_time(n.at), 'user', n.user_name, 'text', n.text)
		|| jsonb_strip_nulls(jsonb_build_object('id', n.note_id, 'disposition', n.disposition))
		ORDER BY n.position), '[]')
	FROM call_notes n WHERE n.conversation_id = conversation $$;
COMMENT ON FUNCTION call_notes_json IS 'The notes of a conversation as in schema/ws';

CREATE TABLE dispositions (
	code text PRIMARY KEY CHECK (code ~ '^[a-z0-9-]{1,32}$'),
	position integer NOT NULL,
	en text NOT NULL,
	ja text NOT NULL
);
COMMENT ON TABLE dispositions IS 'How a call may come out: what an agent can choose beside the note';
COMMENT ON COLUMN dispositions.code IS 'What call_notes keeps';
COMMENT ON COLUMN dispositions.position IS 'Order in the list';
COMMENT ON COLUMN dispositions.en IS 'In English';
COMMENT ON COLUMN dispositions.ja IS 'In Japanese';
INSERT INTO dispositions (code, position, en, ja) VALUES
	('done', 1, 'Done', '対応済み'),
	('call-back', 2, 'To call back', '折り返し予定'),
	('order', 3, 'Order', '注文'),
	('complaint', 4, 'Complaint', '苦情'),
	('handed-on', 5, 'Handed on', '引き継ぎ'),
	('not-for-us', 6, 'Not for us', '当社宛てでない');

-- ---- settings ---------------------------------------------------------------

CREATE TABLE settings (
	single boolean PRIMARY KEY DEFAULT true CHECK (single),
	service_level_s integer NOT NULL DEFAULT 20 CHECK (service_level_s BETWEEN 1 AND 3600),
	waiting_warn integer NOT NULL DEFAULT 2 CHECK (waiting_warn BETWEEN 1 AND 10000),
	waiting_bad integer NOT NULL DEFAULT 5 CHECK (waiting_bad BETWEEN 1 AND 10000),
	longest_warn_s integer NOT NULL DEFAULT 30 CHECK (longest_warn_s BETWEEN 1 AND 86400),
	longest_bad_s integer NOT NULL DEFAULT 90 CHECK (longest_bad_s BETWEEN 1 AND 86400),
	level_warn integer NOT NULL DEFAULT 80 CHECK (level_warn BETWEEN 0 AND 100),
	level_bad integer NOT NULL DEFAULT 60 CHECK (level_bad BETWEEN 0 AND 100),
	missed_warn integer NOT NULL DEFAULT 5 CHECK (missed_warn BETWEEN 1 AND 10000),
	missed_bad integer NOT NULL DEFAULT 15 CHECK (missed_bad BETWEEN 1 AND 10000),
	changed_by text,
	changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE settings IS 'What teams set for themselves in the page: one row';
COMMENT ON COLUMN settings.single IS 'There is one row';
COMMENT ON COLUMN settings.service_level_s IS 'An answer within so many seconds is within the service level';
COMMENT ON COLUMN settings.waiting_warn IS 'Board: from so many waiting calls on, a warning';
COMMENT ON COLUMN settings.waiting_bad IS 'Board: from so many waiting calls on, an alarm';
COMMENT ON COLUMN settings.longest_warn_s IS 'Board: from a wait of so many seconds on, a warning';
COMMENT ON COLUMN settings.longest_bad_s IS 'Board: from a wait of so many seconds on, an alarm';
COMMENT ON COLUMN settings.level_warn IS 'Board: below a service level of so many per cent, a warning';
COMMENT ON COLUMN settings.level_bad IS 'Board: below a service level of so many per cent, an alarm';
COMMENT ON COLUMN settings.missed_warn IS 'Board: from so many missed and given-up calls today on, a warning';
COMMENT ON COLUMN settings.missed_bad IS 'Board: from so many missed and given-up calls today on, an alarm';
COMMENT ON COLUMN settings.changed_by IS 'Log-in name of who changed it last';
COMMENT ON COLUMN settings.changed_at IS 'When';
INSERT INTO settings DEFAULT VALUES;

-- ---- call-backs -------------------------------------------------------------

CREATE TABLE callbacks (
	conversation_id uuid PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
	number text NOT NULL,
	claimed_by uuid REFERENCES users ON DELETE SET NULL,
	claimed_at timestamptz,
	done_by text,
	done_at timestamptz
);
CREATE INDEX callbacks_number ON callbacks (number);
COMMENT ON TABLE callbacks IS 'Who took it on to call a missed caller back';
COMMENT ON COLUMN callbacks.conversation_id IS 'The missed call that was the latest of the number then';
COMMENT ON COLUMN callbacks.number IS 'E.164, or the number as received. Personal data';
COMMENT ON COLUMN callbacks.claimed_by IS 'Who does it; NULL: nobody now';
COMMENT ON COLUMN callbacks.claimed_at IS 'Since when';
COMMENT ON COLUMN callbacks.done_by IS 'Log-in name of who struck it off the list without a call of ours';
COMMENT ON COLUMN callbacks.done_at IS 'When; earlier missed calls of the number are settled by it';

CREATE VIEW v_callbacks AS
WITH missed AS (
	SELECT c.id, c.started_at, coalesce(c.external_e164, c.external_number) AS number,
		c.external_display, c.external_name, c.contact_name, c.company, c.dialled, c.queue,
		c.lines, c.outcome
	FROM conversations c
	WHERE c.merged_into IS NULL AND c.direction = 'inbound' AND c.external_number IS NOT NULL
		AND c.outcome IN ('missed', 'abandoned', 'busy', 'declined')
		AND c.started_at > now() - interval '14 days'
), unreached AS (
	SELECT m.* FROM missed m
	WHERE NOT EXISTS (SELECT FROM conversations o WHERE o.outcome = 'answered'
			AND o.started_at > m.started_at AND o.external_e164 = m.number)
		AND NOT EXISTS (SELECT FROM conversations o WHERE o.outcome = 'answered'
			AND o.started_at > m.started_at AND o.external_number = m.number)
		AND NOT EXISTS (SELECT FROM callbacks b WHERE b.number = m.number
			AND b.done_at >= m.started_at)
), latest AS (
	SELECT DISTINCT ON (number) u.*, count(*) OVER w AS tries, min(u.started_at) OVER w AS first_at
	FROM unreached u WINDOW w AS (PARTITION BY number)
	ORDER BY number, started_at DESC, id DESC
)
SELECT l.*, b.claimed_by, b.claimed_at
FROM latest l LEFT JOIN LATERAL (SELECT b.claimed_by, b.claimed_at FROM callbacks b
	WHERE b.number = l.number AND b.claimed_by IS NOT NULL AND b.done_at IS NULL
		AND b.claimed_at >= l.first_at
	ORDER BY b.claimed_at DESC LIMIT 1) b ON true;
COMMENT ON VIEW v_callbacks IS 'Numbers that called in the last 14 days, were answered by nobody and not reached since: one row a number, its latest call; tries: how often; claimed_by: who is calling back. Withheld callers are not here, nobody can call them back';

-- ---- figures ----------------------------------------------------------------

CREATE VIEW v_report_calls AS
SELECT c.id, c.started_at, c.direction, c.queue, c.dialled,
	coalesce(c.external_e164, c.external_number) AS customer, c.contact_name, c.company, c.lines,
	over.is AND c.direction = 'inbound' AND c.outcome IS DISTINCT FROM 'blocked' AS incoming,
	over.is AND c.direction = 'inbound' AND c.outcome IS NOT DISTINCT FROM 'answered' AS answered,
	over.is AND c.direction = 'inbound'
		AND coalesce(c.outcome, '') IN ('missed', 'busy', 'declined', 'failed') AS missed,
	over.is AND c.direction = 'inbound' AND c.outcome IS NOT DISTINCT FROM 'abandoned' AS abandoned,
	over.is AND c.direction = 'outbound' AS outgoing,
	over.is AND c.direction = 'outbound' AND c.outcome IS NOT DISTINCT FROM 'answered' AS reached,
	CASE WHEN over.is AND c.direction = 'inbound' AND NOT c.start_unknown
		AND c.outcome IS DISTINCT FROM 'blocked'
		THEN extract(epoch FROM coalesce(c.answered_at, c.ended_at) - c.started_at) END AS wait_s,
	CASE WHEN over.is AND c.direction IN ('inbound', 'outbound') AND c.outcome = 'answered'
		THEN extract(epoch FROM c.ended_at - c.answered_at) END AS talk_s,
	over.is AND c.direction = 'inbound' AND NOT c.start_unknown AND c.outcome IS NOT DISTINCT FROM 'answered'
		AND extract(epoch FROM c.answered_at - c.started_at)
			<= (SELECT s.service_level_s FROM settings s) AS in_level
FROM conversations c,
	LATERAL (SELECT c.ended_at IS NOT NULL OR c.ended_unknown AS is) over
WHERE c.merged_into IS NULL;
COMMENT ON VIEW v_report_calls IS 'One row a conversation, with what the figures of report_figures count and add up';
COMMENT ON COLUMN v_report_calls.customer IS 'Outside number, E.164 where it is one; NULL: withheld or internal. Personal data';
COMMENT ON COLUMN v_report_calls.incoming IS 'From outside, over, and not blocked';
COMMENT ON COLUMN v_report_calls.answered IS 'Incoming, and a person answered';
COMMENT ON COLUMN v_report_calls.missed IS 'Incoming, and nobody answered although it rang somewhere; busy, declined and failed count, too';
COMMENT ON COLUMN v_report_calls.abandoned IS 'Incoming, and the caller gave up waiting in a queue';
COMMENT ON COLUMN v_report_calls.outgoing IS 'To outside, and over';
COMMENT ON COLUMN v_report_calls.reached IS 'Outgoing, and somebody answered';
COMMENT ON COLUMN v_report_calls.wait_s IS 'Incoming: first sign to answer, or to the end without one; NULL: not known';
COMMENT ON COLUMN v_report_calls.talk_s IS 'Answered, in and out: first answer to end, hold included; NULL: not known';
COMMENT ON COLUMN v_report_calls.in_level IS 'Answered within settings.service_level_s seconds';

CREATE VIEW v_report_agents AS
SELECT l.conversation_id, l.started_at, l.line,
	coalesce((SELECT u.display FROM user_lines ul JOIN users u ON u.id = ul.user_id
		WHERE ul.line = l.line ORDER BY ul.position, u.name LIMIT 1), l.line) AS agent,
	c.queue, c.dialled,
	l.rang_from IS NOT NULL AND l.role IS DISTINCT FROM 'caller' AS rang,
	l.result IS NOT DISTINCT FROM 'answered' AND l.role IS DISTINCT FROM 'caller' AS answered,
	coalesce(l.result, '') IN ('missed', 'busy', 'declined', 'unreachable') AS missed,
	l.result IS NOT DISTINCT FROM 'answered-elsewhere' AS elsewhere,
	l.role IS NOT DISTINCT FROM 'caller' AND c.direction = 'outbound' AS called,
	CASE WHEN l.role IS DISTINCT FROM 'caller' THEN l.ring_s END AS ring_s,
	l.talked_s AS talk_s, l.held_s AS hold_s
FROM legs l JOIN conversations c ON c.id = l.conversation_id
WHERE c.merged_into IS NULL;
COMMENT ON VIEW v_report_agents IS 'One row a line''s part in a conversation, with the user who has the line today';
COMMENT ON COLUMN v_report_agents.agent IS 'The user''s name, or the line where nobody has it. Personal data';
COMMENT ON COLUMN v_report_agents.rang IS 'The phone rang for somebody';
COMMENT ON COLUMN v_report_agents.answered IS 'And it was answered there';
COMMENT ON COLUMN v_report_agents.missed IS 'And it was not, nor anywhere else meanwhile; busy, declined and unreachable count, too';
COMMENT ON COLUMN v_report_agents.elsewhere IS 'It stopped because another phone answered: no missed call';
COMMENT ON COLUMN v_report_agents.called IS 'The line called somebody outside';
COMMENT ON COLUMN v_report_agents.ring_s IS 'How long it rang; NULL: not known, or it did not';
COMMENT ON COLUMN v_report_agents.talk_s IS 'Connected to a person, hold included; what has both ends known';
COMMENT ON COLUMN v_report_agents.hold_s IS 'Of that, the other side was on hold';

CREATE TABLE report_figures (
	report text NOT NULL CHECK (report IN ('calls', 'agents')),
	name text NOT NULL,
	position integer NOT NULL,
	unit text NOT NULL CHECK (unit IN ('calls', 's', '%')),
	formula text NOT NULL,
	en text NOT NULL,
	ja text NOT NULL,
	PRIMARY KEY (report, name)
);
COMMENT ON TABLE report_figures IS 'What each figure of a report means: the page, the REST answer and the documentation take it from here';
COMMENT ON COLUMN report_figures.report IS 'calls: over v_report_calls; agents: over v_report_agents';
COMMENT ON COLUMN report_figures.name IS 'As in the REST answer';
COMMENT ON COLUMN report_figures.position IS 'Order of columns';
COMMENT ON COLUMN report_figures.unit IS 'calls, s (seconds), %';
COMMENT ON COLUMN report_figures.formula IS 'The aggregate over the view; a test compares it with what the program computes';
COMMENT ON COLUMN report_figures.en IS 'Definition in English';
COMMENT ON COLUMN report_figures.ja IS 'Definition in Japanese';
INSERT INTO report_figures (report, name, position, unit, formula, en, ja) VALUES
('calls', 'incoming', 1, 'calls', 'count(*) FILTER (WHERE incoming)',
 'Calls from outside that are over, without blocked ones. A transferred call is one call.',
 '外線からの着信で、終了したものです。拒否設定による着信は含みません。転送された通話は1件です。'),
('calls', 'answered', 2, 'calls', 'count(*) FILTER (WHERE answered)',
 'Incoming calls that a person answered.', '着信のうち、担当者が応答したものです。'),
('calls', 'missed', 3, 'calls', 'count(*) FILTER (WHERE missed)',
 'Incoming calls that nobody answered although a phone rang, was busy, or declined.',
 '着信のうち、電話機は鳴ったが誰も応答しなかったもの、話し中、拒否です。'),
('calls', 'abandoned', 4, 'calls', 'count(*) FILTER (WHERE abandoned)',
 'Incoming calls whose caller gave up while waiting in a queue.',
 '着信のうち、待ち呼の間に発信者が切ったものです。'),
('calls', 'service_level', 5, '%',
 'round(100.0 * count(*) FILTER (WHERE in_level) / nullif(count(*) FILTER (WHERE incoming AND wait_s IS NOT NULL), 0), 1)',
 'Share of incoming calls that were answered within the seconds of the setting. Missed and given-up calls count against it. Calls whose begin is not known are left out.',
 '着信のうち、設定した秒数以内に応答した割合です。不在着信と放棄呼も分母に含みます。開始時刻が不明な通話は除きます。'),
('calls', 'avg_wait_s', 6, 's', 'round(avg(wait_s) FILTER (WHERE incoming), 1)',
 'Mean time from the first sign of an incoming call to its answer, or to its end when nobody answered.',
 '着信から応答まで（応答がない場合は終了まで）の平均時間です。'),
('calls', 'max_wait_s', 7, 's', 'round(max(wait_s) FILTER (WHERE incoming), 1)',
 'The longest of these times.', 'その最長時間です。'),
('calls', 'avg_talk_s', 8, 's', 'round(avg(talk_s), 1)',
 'Mean time from the first answer to the end, hold included, of answered calls in both directions.',
 '応答から終了までの平均時間です。発信と着信の両方で、保留を含みます。'),
('calls', 'talk_s', 9, 's', 'round(coalesce(sum(talk_s), 0), 1)',
 'All these times together.', 'その合計です。'),
('calls', 'outgoing', 10, 'calls', 'count(*) FILTER (WHERE outgoing)',
 'Calls to outside that are over.', '外線への発信で、終了したものです。'),
('calls', 'reached', 11, 'calls', 'count(*) FILTER (WHERE reached)',
 'Outgoing calls that somebody answered.', '発信のうち、相手が応答したものです。'),
('agents', 'rang', 1, 'calls', 'count(*) FILTER (WHERE rang)',
 'How often the phone rang for a call. One call may ring at several phones.',
 '着信で電話機が鳴った回数です。1件の着信が複数の電話機で鳴ることがあります。'),
('agents', 'answered', 2, 'calls', 'count(*) FILTER (WHERE answered)',
 'Of these, how often it was answered there.', 'そのうち、その電話機で応答した回数です。'),
('agents', 'missed', 3, 'calls', 'count(*) FILTER (WHERE missed)',
 'Of these, how often nobody answered, or the phone was busy or declined.',
 'そのうち、誰も応答しなかった、話し中、または拒否した回数です。'),
('agents', 'elsewhere', 4, 'calls', 'count(*) FILTER (WHERE elsewhere)',
 'Of these, how often another phone answered. These are no missed calls.',
 'そのうち、ほかの電話機が応答した回数です。不在着信ではありません。'),
('agents', 'avg_ring_s', 5, 's', 'round(avg(ring_s), 1)',
 'Mean time that the phone rang.', '電話機が鳴った平均時間です。'),
('agents', 'avg_talk_s', 6, 's', 'round(avg(talk_s) FILTER (WHERE talk_s > 0), 1)',
 'Mean time of talking, hold included.', '通話の平均時間です。保留を含みます。'),
('agents', 'talk_s', 7, 's', 'round(coalesce(sum(talk_s), 0), 1)',
 'All talking together, hold included.', '通話の合計時間です。保留を含みます。'),
('agents', 'hold_s', 8, 's', 'round(coalesce(sum(hold_s), 0), 1)',
 'Of that, how long the other side was on hold.', 'そのうち、相手を保留にした時間です。'),
('agents', 'called', 9, 'calls', 'count(*) FILTER (WHERE called)',
 'Calls to outside from this phone.', 'この電話機からの外線発信の回数です。');
