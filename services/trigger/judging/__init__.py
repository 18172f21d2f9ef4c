"""The thin shell around judgement: facts in, accounts loaded, decisions with all that follows from them stored once, messages out."""
