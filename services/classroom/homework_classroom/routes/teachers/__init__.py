"""The teachers' pages, all of them below /teacher."""
