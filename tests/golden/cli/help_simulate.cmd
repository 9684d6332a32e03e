taskseq simulate --help
