"""The gettext catalogues: every sentence a person reads, in French and English."""
