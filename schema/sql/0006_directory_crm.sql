-- Whose number is it, further: last digits, choices of agents, contacts of CRMs, and
-- calls on their way into CRMs.

ALTER TABLE contact_numbers ADD COLUMN tail text GENERATED ALWAYS AS (
	right(coalesce(substr(e164, 2), regexp_replace(
		translate(raw, U&'\FF10\FF11\FF12\FF13\FF14\FF15\FF16\FF17\FF18\FF19', '0123456789'), '[^0-9]', '', 'g')), 7)) STORED;
CREATE INDEX contact_numbers_tail ON contact_numbers (tail) WHERE length(tail) = 7;
COMMENT ON COLUMN contact_numbers.tail IS 'Last seven digits, for numbers that no other way matches. Personal data';

ALTER TABLE contacts ADD COLUMN kind text;
ALTER TABLE contacts ADD COLUMN extra jsonb;
COMMENT ON COLUMN contacts.kind IS 'The CRM''s word for the kind of record: Contact, lead; NULL: not from a CRM';
COMMENT ON COLUMN contacts.extra IS 'What the CRM''s connector wants to have back with a call. Personal data';

CREATE TABLE number_choices (
	number text NOT NULL CHECK (number <> ''),
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	contact_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
	chosen_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (number, user_id)
);
CREATE INDEX number_choices_contact ON number_choices (contact_id);
CREATE INDEX number_choices_user ON number_choices (user_id);
COMMENT ON TABLE number_choices IS 'Whom an agent took to be the caller, where several have the number';
COMMENT ON COLUMN number_choices.number IS 'E.164; the digits as they came, where there is none. Personal data';
COMMENT ON COLUMN number_choices.user_id IS 'Whose choice';
COMMENT ON COLUMN number_choices.contact_id IS 'Who it was';
COMMENT ON COLUMN number_choices.chosen_at IS 'When; the newest counts';

ALTER TABLE conversations ADD COLUMN contact_id uuid;
CREATE INDEX conversations_contact ON conversations (contact_id, started_at DESC)
	WHERE contact_id IS NOT NULL;
COMMENT ON COLUMN conversations.contact_id IS 'The contact, when exactly one was found or chosen (no foreign key: contacts go, calls stay)';

CREATE TABLE crms (
	name text PRIMARY KEY,
	position integer NOT NULL,
	log_calls boolean NOT NULL,
	log_unknown boolean NOT NULL
);
COMMENT ON TABLE crms IS 'CRMs of the configuration, written at every start';
COMMENT ON COLUMN crms.name IS 'Name of the section; also the source of its contacts';
COMMENT ON COLUMN crms.position IS '1 is asked and preferred first';
COMMENT ON COLUMN crms.log_calls IS 'Calls are written into it';
COMMENT ON COLUMN crms.log_unknown IS 'Also those of callers whom it does not know';

CREATE TABLE user_crms (
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	crm text NOT NULL,
	crm_user text NOT NULL CHECK (crm_user <> ''),
	PRIMARY KEY (user_id, crm)
);
COMMENT ON TABLE user_crms IS 'Who our users are in a CRM';
COMMENT ON COLUMN user_crms.user_id IS 'Our user';
COMMENT ON COLUMN user_crms.crm IS 'Name of the CRM';
COMMENT ON COLUMN user_crms.crm_user IS 'The id of the same person there';

CREATE TABLE crm_outbox (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
	crm text NOT NULL,
	contact_id uuid REFERENCES contacts ON DELETE SET NULL,
	number text,
	state text NOT NULL CHECK (state IN ('unknown', 'waiting', 'sending', 'written', 'dead')),
	attempts integer NOT NULL DEFAULT 0,
	next_at timestamptz NOT NULL DEFAULT now(),
	error text,
	record_id text,
	created_at timestamptz NOT NULL DEFAULT now(),
	changed_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (conversation_id, crm)
);
CREATE INDEX crm_outbox_due ON crm_outbox (next_at) WHERE state = 'waiting';
CREATE INDEX crm_outbox_order ON crm_outbox (crm, contact_id, id) WHERE state IN ('waiting', 'sending');
CREATE INDEX crm_outbox_unknown ON crm_outbox (number) WHERE state = 'unknown';
CREATE INDEX crm_outbox_dead ON crm_outbox (id) WHERE state = 'dead';
CREATE INDEX crm_outbox_contact ON crm_outbox (contact_id);
COMMENT ON TABLE crm_outbox IS 'Calls on their way into CRMs. The key in the CRM''s record is conversation_id';
COMMENT ON COLUMN crm_outbox.id IS 'In the order in which calls ended';
COMMENT ON COLUMN crm_outbox.conversation_id IS 'Which call';
COMMENT ON COLUMN crm_outbox.crm IS 'Into which CRM';
COMMENT ON COLUMN crm_outbox.contact_id IS 'To which of its records; NULL: to none';
COMMENT ON COLUMN crm_outbox.number IS 'E.164 of the other party, to know them later. Personal data';
COMMENT ON COLUMN crm_outbox.state IS 'unknown: kept until this CRM knows the number; waiting: for its turn; sending: asked, no answer yet; written; dead: given up, see error';
COMMENT ON COLUMN crm_outbox.attempts IS 'How often it was sent';
COMMENT ON COLUMN crm_outbox.next_at IS 'Not before';
COMMENT ON COLUMN crm_outbox.error IS 'Why the last attempt failed';
COMMENT ON COLUMN crm_outbox.record_id IS 'The entry in the CRM, where it tells';
COMMENT ON COLUMN crm_outbox.created_at IS 'When the call''s end was written';
COMMENT ON COLUMN crm_outbox.changed_at IS 'When the state last changed';
