-- Contacts of CRMs that are fetched as a whole, and later what changed.

CREATE TABLE crm_syncs (
	crm text PRIMARY KEY,
	mark timestamptz,
	whole_at timestamptz,
	ran_at timestamptz NOT NULL
);
COMMENT ON TABLE crm_syncs IS 'When the contacts of a CRM were last fetched';
COMMENT ON COLUMN crm_syncs.crm IS 'Name of the CRM';
COMMENT ON COLUMN crm_syncs.mark IS 'The newest change that was seen, by the CRM''s clock; NULL: it does not tell';
COMMENT ON COLUMN crm_syncs.whole_at IS 'When all of them were fetched';
COMMENT ON COLUMN crm_syncs.ran_at IS 'When they, or the changes, were fetched';

-- Calls of callers who become known in the moment in which they hang up.
CREATE INDEX crm_outbox_late ON crm_outbox (created_at) WHERE state = 'unknown';
