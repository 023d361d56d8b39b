/* The other way to call the library: a JNI shim, one function for each of the library's. */
#include <jni.h>
#include <stdlib.h>
#include "cardwire.h"

JNIEXPORT jint JNICALL Java_CallCost_jniVersion(JNIEnv *env, jclass type)
{
    (void)env;
    (void)type;
    return (jint)cardwire_version_number();
}

JNIEXPORT jint JNICALL Java_CallCost_jniCheckImage(JNIEnv *env, jclass type, jbyteArray image)
{
    cardwire_image_check *check = NULL;
    jsize length = (*env)->GetArrayLength(env, image);
    /* A copy: an array must not be pinned while another function works on it. */
    jbyte *bytes = malloc((size_t)length);
    cardwire_status status;

    (void)type;
    (*env)->GetByteArrayRegion(env, image, 0, length, bytes);
    status = cardwire_check_image((const uint8_t *)bytes, (size_t)length, &check, NULL);
    cardwire_image_check_free(check);
    free(bytes);
    return status;
}
