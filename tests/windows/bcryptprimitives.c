/* What Rust's standard library asks of bcryptprimitives.dll, and wine 8 has only under another name. */
#include <stddef.h>

unsigned char __stdcall SystemFunction036(void *buffer, unsigned long length);

__declspec(dllexport) int ProcessPrng(void *buffer, size_t length) {
    return SystemFunction036(buffer, (unsigned long)length);
}
