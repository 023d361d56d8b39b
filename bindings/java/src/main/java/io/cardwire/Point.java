package io.cardwire;

/**
 * A point in a photo, in pixels from its upper left corner, as the photo is shown: turned by its EXIF orientation.
 *
 * @param x to the right
 * @param y downwards
 */
public record Point(int x, int y) {}
