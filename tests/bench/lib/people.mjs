// people.mjs -- users and their sessions, put into the database as a log-in would:
// argon2 for ten thousand log-ins is not what is measured here.
import { query } from "./cluster.mjs";

// One agent a line, 10000 + i, with the session cookie "bench-i".
export async function agents(url, n) {
	await query(url, `
		INSERT INTO lines (line, pbx) SELECT (10000 + i)::text, 'main' FROM generate_series(0, ${n - 1}) AS i
			ON CONFLICT DO NOTHING;
		INSERT INTO users (id, name, display, role, password_hash)
			SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'u' || i, 'User ' || i, 'agent', '!'
			FROM generate_series(0, ${n - 1}) AS i;
		INSERT INTO user_lines (user_id, line, position)
			SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, (10000 + i)::text, 1
			FROM generate_series(0, ${n - 1}) AS i;
		INSERT INTO sessions (hash, user_id, expires_at)
			SELECT encode(sha256(('bench-' || i)::bytea), 'hex'),
			('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, now() + interval '12 hours'
			FROM generate_series(0, ${n - 1}) AS i;
		ANALYZE users; ANALYZE user_lines; ANALYZE sessions`);
}

// Supervisors of everybody, one for every 50 browsers, with sessions "bench-i" for
// browser i. agents(url, k) has been called.
export async function supervisors(url, browsers) {
	const n = Math.ceil(browsers / 50);
	const group = "00000000-0000-7000-9000-000000000000";
	const id = "('00000000-0000-7000-a000-' || lpad(to_hex(i), 12, '0'))::uuid";
	await query(url, `
		INSERT INTO groups (id, name) VALUES ('${group}', 'bench');
		INSERT INTO user_groups (user_id, group_id) SELECT id, '${group}' FROM users;
		INSERT INTO users (id, name, display, role, password_hash)
			SELECT ${id}, 's' || i, 'Supervisor ' || i, 'supervisor', '!' FROM generate_series(0, ${n - 1}) AS i;
		INSERT INTO user_groups (user_id, group_id)
			SELECT ${id}, '${group}' FROM generate_series(0, ${n - 1}) AS i;
		DELETE FROM sessions;
		INSERT INTO sessions (hash, user_id, expires_at)
			SELECT encode(sha256(('bench-' || b)::bytea), 'hex'),
			('00000000-0000-7000-a000-' || lpad(to_hex(b / 50), 12, '0'))::uuid, now() + interval '12 hours'
			FROM generate_series(0, ${browsers - 1}) AS b;
		ANALYZE`);
}
