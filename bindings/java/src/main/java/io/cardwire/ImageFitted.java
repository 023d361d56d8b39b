package io.cardwire;

import java.io.Serializable;

/**
 * A photo that was made to fit what the vendor takes: turned upright by its EXIF orientation, made smaller, or
 * written as a JPEG.
 *
 * @param bytesBefore size in bytes of the photo that was given
 * @param bytesAfter size in bytes of the photo that was sent
 * @param widthBefore width in pixels of the photo that was given, as it is stored; 0 where its header does not
 *     state it
 * @param heightBefore height in pixels of the photo that was given, as it is stored; 0 where its header does not
 *     state it
 * @param widthAfter width in pixels of the photo that was sent
 * @param heightAfter height in pixels of the photo that was sent
 */
public record ImageFitted(
        int bytesBefore, int bytesAfter, int widthBefore, int heightBefore, int widthAfter, int heightAfter)
        implements Serializable {}
