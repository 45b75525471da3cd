/* Credential Manager as it is on other machines: all else of advapi32.dll is Windows' own. SWR_TEST_CREDENTIALS is the
   number of the error that every call fails with; or `slow` where none returns, `slow-list` where a search does not. */
#include <windows.h>
#include <wincred.h>

/* Longer than any deadline of the helper's. */
#define LONG_MILLISECONDS 600000

static BOOL fails(BOOL searches) {
    char state[16] = "";
    GetEnvironmentVariableA("SWR_TEST_CREDENTIALS", state, sizeof state);
    if (!lstrcmpA(state, "slow") || (searches && !lstrcmpA(state, "slow-list")))
        Sleep(LONG_MILLISECONDS);
    DWORD error = 0;
    for (char *digit = state; *digit >= '0' && *digit <= '9'; digit++)
        error = error * 10 + (*digit - '0');
    SetLastError(error);
    return error != 0;
}

BOOL WINAPI ReadAsTold(LPCWSTR target, DWORD type, DWORD flags, PCREDENTIALW *credential) {
    return !fails(FALSE) && CredReadW(target, type, flags, credential);
}

BOOL WINAPI WriteAsTold(PCREDENTIALW credential, DWORD flags) {
    return !fails(FALSE) && CredWriteW(credential, flags);
}

BOOL WINAPI DeleteAsTold(LPCWSTR target, DWORD type, DWORD flags) {
    return !fails(FALSE) && CredDeleteW(target, type, flags);
}

BOOL WINAPI EnumerateAsTold(LPCWSTR filter, DWORD flags, DWORD *count, PCREDENTIALW **credentials) {
    return !fails(TRUE) && CredEnumerateW(filter, flags, count, credentials);
}
