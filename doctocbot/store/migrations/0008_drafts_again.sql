-- Drafts that came back: what is said next may be of another patient.

-- The pulled case of which the words and pictures came back. Nothing joins such a draft that does not say so: it steps
-- aside (`aside`) while its author has another one, and is shown anew afterwards, for the `turn`th time.
ALTER TABLE draft ADD COLUMN came_back INTEGER REFERENCES medical_case (id);
ALTER TABLE draft ADD COLUMN aside INTEGER NOT NULL DEFAULT 0;
ALTER TABLE draft ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;

-- Whether it is published without its author's name, unless they say otherwise.
ALTER TABLE draft ADD COLUMN nameless INTEGER NOT NULL DEFAULT 0;

DROP INDEX draft_author;
CREATE UNIQUE INDEX draft_author ON draft (author) WHERE chat_id != '' AND NOT aside;
