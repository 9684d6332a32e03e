taskseq --version
