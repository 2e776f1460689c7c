-- Calls that are written into a CRM while they go on, and completed when they are over.

ALTER TABLE crms ADD COLUMN log_live boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN crms.log_live IS 'Calls are written into it as soon as it is known who calls';

ALTER TABLE crm_outbox ADD COLUMN live boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN crm_outbox.live IS 'The call goes on; its entry is begun and waits for the end';

ALTER TABLE crm_outbox DROP CONSTRAINT crm_outbox_state_check;
ALTER TABLE crm_outbox ADD CONSTRAINT crm_outbox_state_check
	CHECK (state IN ('unknown', 'waiting', 'sending', 'begun', 'written', 'dead'));
COMMENT ON COLUMN crm_outbox.state IS 'unknown: kept until this CRM knows the number; waiting: for its turn; sending: asked, no answer yet; begun: its entry is there and waits for the end of the call; written; dead: given up, see error';

-- What was written long ago is forgotten.
CREATE INDEX crm_outbox_written ON crm_outbox (changed_at) WHERE state = 'written';
