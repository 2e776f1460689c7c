-- Who works here, on which lines, and who is logged in.

CREATE TABLE lines (
	line text PRIMARY KEY CHECK (line <> ''),
	pbx text,
	label text,
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE lines IS 'Extensions: those of users, and every one that took part in a call';
COMMENT ON COLUMN lines.line IS 'The extension as the PBX writes it';
COMMENT ON COLUMN lines.pbx IS 'Name of the PBX''s section in the configuration; NULL: not known';
COMMENT ON COLUMN lines.label IS 'What people call it';
COMMENT ON COLUMN lines.created_at IS 'When we first heard of it';

CREATE TABLE users (
	id uuid PRIMARY KEY,
	name text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9._@-]{1,63}$'),
	display text NOT NULL,
	role text NOT NULL CHECK (role IN ('agent', 'supervisor', 'admin')),
	lang text NOT NULL DEFAULT 'en',
	password_hash text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE users IS 'People who can log in';
COMMENT ON COLUMN users.id IS 'UUIDv7';
COMMENT ON COLUMN users.name IS 'Log-in name, lower case';
COMMENT ON COLUMN users.display IS 'Name for people. Personal data';
COMMENT ON COLUMN users.role IS 'agent: own lines; supervisor: also those of their groups; admin: all';
COMMENT ON COLUMN users.lang IS 'Language of the pages: en, ja';
COMMENT ON COLUMN users.password_hash IS 'argon2id, libsodium''s string form. Secret';
COMMENT ON COLUMN users.created_at IS 'When it was added';
COMMENT ON COLUMN users.changed_at IS 'When role, lines, groups or password last changed';

CREATE TABLE user_lines (
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	line text NOT NULL REFERENCES lines,
	position integer NOT NULL,
	PRIMARY KEY (user_id, line)
);
CREATE INDEX user_lines_line ON user_lines (line);
COMMENT ON TABLE user_lines IS 'Lines of a user';
COMMENT ON COLUMN user_lines.user_id IS 'Whose';
COMMENT ON COLUMN user_lines.line IS 'Which';
COMMENT ON COLUMN user_lines.position IS '1 is the line that they dial from';

CREATE TABLE groups (
	id uuid PRIMARY KEY,
	name text NOT NULL UNIQUE CHECK (name <> '')
);
COMMENT ON TABLE groups IS 'Teams: a supervisor sees the lines of everybody in a group of theirs';
COMMENT ON COLUMN groups.id IS 'UUIDv7';
COMMENT ON COLUMN groups.name IS 'Name for people';

CREATE TABLE user_groups (
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	group_id uuid NOT NULL REFERENCES groups ON DELETE CASCADE,
	PRIMARY KEY (user_id, group_id)
);
CREATE INDEX user_groups_group ON user_groups (group_id);
COMMENT ON TABLE user_groups IS 'Who is in which group';
COMMENT ON COLUMN user_groups.user_id IS 'Who';
COMMENT ON COLUMN user_groups.group_id IS 'In which group';

CREATE TABLE sessions (
	hash text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);
COMMENT ON TABLE sessions IS 'Log-ins of browsers; they outlive a restart of ours';
COMMENT ON COLUMN sessions.hash IS 'SHA-256 of the cookie, hex; the cookie itself is nowhere';
COMMENT ON COLUMN sessions.user_id IS 'Who logged in';
COMMENT ON COLUMN sessions.created_at IS 'When';
COMMENT ON COLUMN sessions.expires_at IS 'From then on it counts no more';

CREATE TABLE login_failures (
	name text NOT NULL,
	remote text NOT NULL,
	at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_failures_remote ON login_failures (remote, at);
CREATE INDEX login_failures_name ON login_failures (name, at);
COMMENT ON TABLE login_failures IS 'Failed log-ins of the last hour, to slow down guessing';
COMMENT ON COLUMN login_failures.name IS 'Name that was tried, lower case, at most 63 bytes';
COMMENT ON COLUMN login_failures.remote IS 'Address that it came from. Personal data';
COMMENT ON COLUMN login_failures.at IS 'When';

CREATE TABLE audit (
	id uuid PRIMARY KEY,
	at timestamptz NOT NULL,
	who text,
	what text NOT NULL,
	detail jsonb NOT NULL
);
CREATE INDEX audit_at ON audit (at);
COMMENT ON TABLE audit IS 'Who did what: dials, log-ins, changes of users and settings';
COMMENT ON COLUMN audit.id IS 'UUIDv7; made from the place in the journal, so a repeated write is the same row';
COMMENT ON COLUMN audit.at IS 'When it was done';
COMMENT ON COLUMN audit.who IS 'Log-in name or id of the user; NULL: the program itself';
COMMENT ON COLUMN audit.what IS 'A word: dial, login, user-add ...';
COMMENT ON COLUMN audit.detail IS 'The whole record. May hold a number that was dialled: personal data';
