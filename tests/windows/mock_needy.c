/* mock_needy.c - two DLLs: one that needs the other (MOCK_NEEDED) to be loaded. */
#ifdef MOCK_NEEDED
__declspec(dllexport) int ts_mock_needed(void);

int ts_mock_needed(void)
{
    return 1;
}
#else
__declspec(dllimport) int ts_mock_needed(void);
__declspec(dllexport) int ts_mock_needy(void);

int ts_mock_needy(void)
{
    return ts_mock_needed();
}
#endif
