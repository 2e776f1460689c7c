-- Whose number is it.

CREATE TABLE companies (
	id uuid PRIMARY KEY,
	source text NOT NULL,
	name text NOT NULL CHECK (name <> ''),
	UNIQUE (source, name)
);
COMMENT ON TABLE companies IS 'Where contacts work';
COMMENT ON COLUMN companies.id IS 'UUID';
COMMENT ON COLUMN companies.source IS 'Import or CRM that it is from';
COMMENT ON COLUMN companies.name IS 'Name for people';

CREATE TABLE contacts (
	id uuid PRIMARY KEY,
	source text NOT NULL,
	source_key text NOT NULL,
	name text NOT NULL,
	kana text,
	company_id uuid REFERENCES companies,
	department text,
	title text,
	email text,
	url text,
	note text,
	changed_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (source, source_key)
);
CREATE INDEX contacts_company ON contacts (company_id);
COMMENT ON TABLE contacts IS 'People and places that call. Personal data';
COMMENT ON COLUMN contacts.id IS 'UUID; stays the same when the source is imported again';
COMMENT ON COLUMN contacts.source IS 'Import or CRM that it is from';
COMMENT ON COLUMN contacts.source_key IS 'Its id there; made from name, company and first number where the source has none';
COMMENT ON COLUMN contacts.name IS 'Name for people. Personal data';
COMMENT ON COLUMN contacts.kana IS 'Reading of the name, for search and sorting. Personal data';
COMMENT ON COLUMN contacts.company_id IS 'Where they work';
COMMENT ON COLUMN contacts.department IS 'Department';
COMMENT ON COLUMN contacts.title IS 'Position';
COMMENT ON COLUMN contacts.email IS 'E-mail. Personal data';
COMMENT ON COLUMN contacts.url IS 'Page of the record, http or https; NULL: made from the template in the configuration';
COMMENT ON COLUMN contacts.note IS 'Remark. Personal data';
COMMENT ON COLUMN contacts.changed_at IS 'When it last came or changed';

CREATE TABLE contact_numbers (
	contact_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
	position integer NOT NULL,
	raw text NOT NULL,
	e164 text,
	label text,
	PRIMARY KEY (contact_id, position)
);
CREATE INDEX contact_numbers_e164 ON contact_numbers (e164) INCLUDE (contact_id)
	WHERE e164 IS NOT NULL;
COMMENT ON TABLE contact_numbers IS 'Numbers of contacts. Personal data';
COMMENT ON COLUMN contact_numbers.contact_id IS 'Whose';
COMMENT ON COLUMN contact_numbers.position IS '1 is the first of the source';
COMMENT ON COLUMN contact_numbers.raw IS 'As the source writes it. Personal data';
COMMENT ON COLUMN contact_numbers.e164 IS 'As +81312345678; NULL: no valid public number. Personal data';
COMMENT ON COLUMN contact_numbers.label IS 'phone, mobile, home, fax ...';
