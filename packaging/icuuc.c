/* A stand-in for the ICU of Windows 10, which Qt 6.11 needs and Wine 8 lacks: it opens no converter, and Qt does
   without. Made by windows_python.py beside Qt6Core.dll, for Wine only. Never shipped. */
#define EXPORT __declspec(dllexport)

enum { U_FILE_ACCESS_ERROR = 4 };

static void *nothing(int *error) { if (error) *error = U_FILE_ACCESS_ERROR; return 0; }

EXPORT void *ucnv_open(const char *name, int *error) { return nothing(error); }
EXPORT void ucnv_close(void *converter) {}
EXPORT void ucnv_reset(void *converter) {}
EXPORT const char *ucnv_getName(const void *converter, int *error) { return nothing(error); }
EXPORT signed char ucnv_getMaxCharSize(const void *converter) { return 4; }
EXPORT const char *ucnv_getAvailableName(int number) { return 0; }
EXPORT int ucnv_countAvailable(void) { return 0; }
EXPORT const char *ucnv_getStandardName(const char *name, const char *standard, int *error) { return nothing(error); }
EXPORT int ucnv_toUCountPending(const void *converter, int *error) { return 0; }
EXPORT int ucnv_fromUCountPending(const void *converter, int *error) { return 0; }
EXPORT void ucnv_toUnicode(void) {}
EXPORT void ucnv_fromUnicode(void) {}
EXPORT void ucnv_getToUCallBack(void) {}
EXPORT void ucnv_getFromUCallBack(void) {}
EXPORT void ucnv_setToUCallBack(void) {}
EXPORT void ucnv_setFromUCallBack(void) {}
EXPORT void ucnv_cbToUWriteUChars(void) {}
EXPORT void ucnv_cbFromUWriteUChars(void) {}
EXPORT void UCNV_FROM_U_CALLBACK_SUBSTITUTE(void) {}
EXPORT void UCNV_TO_U_CALLBACK_SUBSTITUTE(void) {}
