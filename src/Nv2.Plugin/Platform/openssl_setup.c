// How OpenSSL is set up in the published executable, instead of as the platform has it. The platform calls OPENSSL_init_ssl before its first use of the
// library, and nowhere else; the linker puts this function in that place (--wrap in Nv2.Plugin.csproj). So whatever uses OpenSSL first, it is set up
// here before, and a call that uses no cryptography does not set it up at all (docs/decisions/0003, 0019).
#include <openssl/crypto.h>
#include <openssl/rand.h>

// How the library is linked, and the package that it is of, as text: the compiler is told (Nv2.Plugin.csproj).
#if !defined(NV2_OPENSSL_LINKAGE) || !defined(NV2_OPENSSL_PACKAGE)
#error "NV2_OPENSSL_LINKAGE and NV2_OPENSSL_PACKAGE are expected"
#endif
const char *nv2_openssl_linkage(void);
const char *nv2_openssl_package(void);

const char *nv2_openssl_linkage(void)
{
    return NV2_OPENSSL_LINKAGE;
}

const char *nv2_openssl_package(void)
{
    return NV2_OPENSSL_PACKAGE;
}

int __wrap_OPENSSL_init_ssl(uint64_t options, const OPENSSL_INIT_SETTINGS *settings);

// Of the two libraries only libcrypto is set up: nothing here speaks TLS. What is declined first stays declined:
// - the configuration file, which could load code. OPENSSL_CONF points at nothing as well (OpenSslEnvironment), but a library of the machine may have
//   been patched to look elsewhere;
// - the texts of errors, which are told in this program's own words, and the names of ciphers and digests, of which none is looked up by name;
// - the clean-up at the end of the process, when other threads may still use the library.
int __wrap_OPENSSL_init_ssl(uint64_t options, const OPENSSL_INIT_SETTINGS *settings)
{
    const uint64_t declined = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ADD_ALL_CIPHERS
        | OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_ATEXIT;

    (void)options;
    (void)settings;

    // Hash_DRBG of NIST SP 800-90A in place of CTR_DRBG, of the same strength: it needs a digest, which every call uses anyway, and no cipher.
    return OPENSSL_init_crypto(declined, NULL) && RAND_set_DRBG_type(NULL, "HASH-DRBG", NULL, NULL, "SHA256");
}
