-- Views for reports: names and units that stay, whatever becomes of the tables.

CREATE VIEW v_calls AS
SELECT c.id, c.pbx, c.direction, c.started_at, c.answered_at, c.ended_at, c.outcome,
	c.external_number AS number, c.external_e164 AS e164, c.external_name AS network_name,
	c.presentation, c.contact_name, c.company, c.dialled, c.queue, c.lines,
	CASE WHEN NOT c.start_unknown THEN extract(epoch FROM c.answered_at - c.started_at) END AS wait_s,
	extract(epoch FROM c.ended_at - c.answered_at) AS talk_s,
	CASE WHEN NOT c.start_unknown THEN extract(epoch FROM c.ended_at - c.started_at) END AS total_s,
	c.ended_by, c.cause_sip, c.cause_q850, c.click_to_dial, c.start_unknown, c.ended_unknown
FROM conversations c
WHERE c.merged_into IS NULL;
COMMENT ON VIEW v_calls IS 'One row a conversation. wait_s: start to first answer; talk_s: first answer to end; NULL where one of the two is not known';

CREATE VIEW v_call_legs AS
SELECT l.conversation_id, c.started_at, c.direction, c.outcome, l.line,
	(SELECT u.display FROM user_lines ul JOIN users u ON u.id = ul.user_id
	 WHERE ul.line = l.line ORDER BY ul.position, u.name LIMIT 1) AS user_display,
	l.role, l.result, l.ring_s, l.talked_s, l.held_s
FROM legs l JOIN conversations c ON c.id = l.conversation_id
WHERE c.merged_into IS NULL;
COMMENT ON VIEW v_call_legs IS 'One row a line''s part in a conversation, with the user who has the line today. answered-elsewhere is no missed call';

CREATE VIEW v_missed AS
SELECT c.id, c.started_at, c.external_number AS number, c.external_e164 AS e164,
	c.contact_name, c.company, c.queue, c.outcome,
	CASE WHEN NOT c.start_unknown THEN extract(epoch FROM c.ended_at - c.started_at) END AS waited_s,
	(SELECT min(o.started_at) FROM conversations o
	 WHERE o.external_e164 = c.external_e164 AND o.started_at > c.started_at
		AND o.outcome = 'answered') AS reached_at
FROM conversations c
WHERE c.merged_into IS NULL AND c.direction = 'inbound' AND c.outcome IN ('missed', 'abandoned', 'busy', 'declined');
COMMENT ON VIEW v_missed IS 'Callers whom nobody answered; reached_at: when we next talked with the same number, NULL: not yet';

CREATE VIEW v_hours AS
SELECT date_trunc('hour', started_at) AS hour, direction, count(*) AS calls,
	count(*) FILTER (WHERE outcome = 'answered') AS answered,
	count(*) FILTER (WHERE outcome = 'missed') AS missed,
	count(*) FILTER (WHERE outcome = 'abandoned') AS abandoned,
	avg(extract(epoch FROM answered_at - started_at)) FILTER (WHERE NOT start_unknown) AS avg_wait_s,
	avg(extract(epoch FROM ended_at - answered_at)) AS avg_talk_s
FROM conversations
WHERE merged_into IS NULL
GROUP BY 1, 2;
COMMENT ON VIEW v_hours IS 'Calls by hour (UTC) and direction';
