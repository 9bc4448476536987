"""How the harmless types of legacy pickles are rebuilt, each from checked parts."""
