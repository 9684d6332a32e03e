/* bench_bare.c - links what taskseq links and does nothing: what the libraries themselves cost. */
int main(void)
{
    return 0;
}
