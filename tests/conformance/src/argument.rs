//! Values of the table of bad inputs: texts, and bytes of pictures, by description.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use cardwire_test_images::{Format, in_webp, load, oriented, out_of_focus, size_variants, solid};
use serde_json::Value;

use crate::case::Argument;

/// Returns a text by description. `{folder}` in it stands for the folder of the suite's files.
///
/// - a string is itself
/// - `{"repeat": text, "times": n}`
/// - `{"join": [text, ...]}`
/// - `{"units": hex}`: UTF-16 code units that need not be text
/// - `{"bytes": hex}`: bytes that need not be UTF-8
pub(crate) fn text(spec: &Value, folder: &Path) -> Result<Argument, String> {
    let unknown = || format!("no such text: {spec}");
    if let Some(text) = spec.as_str() {
        return Ok(text.replace("{folder}", &folder.display().to_string()).into());
    }
    if let Some(units) = spec["units"].as_str() {
        let bytes = hex(units)?;
        let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        return Ok(Argument::Units(units.collect()));
    }
    if let Some(bytes) = spec["bytes"].as_str() {
        return hex(bytes).map(Argument::Bytes);
    }
    if let Some(part) = spec["repeat"].as_str() {
        return Ok(part.repeat(times(spec)?).into());
    }
    let mut joined = String::new();
    for part in spec["join"].as_array().ok_or_else(unknown)? {
        match text(part, folder)? {
            Argument::Text(part) => joined.push_str(&part),
            Argument::Bytes(_) | Argument::Units(_) => return Err(unknown()),
        }
    }
    Ok(joined.into())
}

/// Returns the content of a file by description: a text, or
///
/// - `{"hex": digits}`
/// - `{"picture": name}`: a file of `tests/images`
/// - `{"solid": format, "width": w, "height": h}`: a picture of one grey
/// - `{"limit": vendor, "over": bytes}`: the largest photo of a vendor, and so many bytes more
/// - `{"base64_of": name, "form": form}`: a picture that is text already
///
/// of which the last four may be changed by `orientation` (of EXIF, of a JPEG), `webp` (true), `first` (so
/// many bytes of it), then `splice` (`at`, from the end where negative, `remove` and `hex`), then `append`
/// (hex).
pub(crate) fn content(spec: &Value, folder: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = if let Some(digits) = spec["hex"].as_str() {
        hex(digits)?
    } else if let Some(name) = spec["picture"].as_str() {
        load(name)
    } else if let Some(format) = spec["solid"].as_str() {
        let side = |key: &str| u32::try_from(spec[key].as_u64().unwrap_or(1)).unwrap_or(1);
        solid(format_of(format)?, side("width"), side("height"))
    } else if let Some(vendor) = spec["limit"].as_str() {
        let variants = size_variants();
        let over = spec["over"].as_u64() == Some(1);
        let wanted = variants.iter().find(|one| one.vendor == vendor && one.accepted != over);
        wanted.ok_or_else(|| format!("no limit of {vendor}"))?.picture()
    } else if let Some(name) = spec["base64_of"].as_str() {
        base64(&load(name), spec["form"].as_str().unwrap_or_default())?
    } else {
        match text(spec, folder)? {
            Argument::Text(text) => text.into_bytes(),
            Argument::Bytes(bytes) => bytes,
            Argument::Units(_) => return Err(format!("no such content: {spec}")),
        }
    };
    if let Some(orientation) = spec["orientation"].as_u64() {
        bytes = oriented(&bytes, u8::try_from(orientation).map_err(|error| error.to_string())?);
    }
    if spec["out_of_focus"] == true {
        bytes = out_of_focus(&bytes);
    }
    if spec["webp"] == true {
        bytes = in_webp(&bytes);
    }
    if let Some(first) = spec["first"].as_u64() {
        bytes.truncate(usize::try_from(first).unwrap_or(usize::MAX));
    }
    let splice = &spec["splice"];
    if splice.is_object() {
        let at = splice["at"].as_i64().unwrap_or_default();
        let from = if at < 0 { bytes.len() as u64 - at.unsigned_abs() } else { at.unsigned_abs() };
        let from = usize::try_from(from).map_err(|error| error.to_string())?;
        let remove = splice["remove"].as_u64().unwrap_or_default() as usize;
        bytes.splice(from..from + remove, hex(splice["hex"].as_str().unwrap_or_default())?);
    }
    if let Some(more) = spec["append"].as_str() {
        bytes.extend(hex(more)?);
    }
    Ok(bytes)
}

fn times(spec: &Value) -> Result<usize, String> {
    let times = spec["times"].as_u64().ok_or_else(|| format!("how often: {spec}"))?;
    usize::try_from(times).map_err(|error| error.to_string())
}

fn format_of(name: &str) -> Result<Format, String> {
    match name {
        "jpeg" => Ok(Format::Jpeg),
        "png" => Ok(Format::Png),
        "bmp" => Ok(Format::Bmp),
        _ => Err(format!("no format {name}")),
    }
}

fn base64(bytes: &[u8], form: &str) -> Result<Vec<u8>, String> {
    let standard = STANDARD.encode(bytes);
    let text = match form {
        "standard" => standard,
        "url_safe" => URL_SAFE.encode(bytes),
        "unpadded" => STANDARD_NO_PAD.encode(bytes),
        "data_uri" => format!("data:image/jpeg;base64,{standard}"),
        "lines" => standard
            .as_bytes()
            .chunks(76)
            .map(|line| String::from_utf8_lossy(line) + "\r\n")
            .collect(),
        _ => return Err(format!("no form {form}")),
    };
    Ok(text.into_bytes())
}

fn hex(digits: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<u32> =
        digits.chars().filter(|c| !c.is_whitespace()).filter_map(|c| c.to_digit(16)).collect();
    let byte = |pair: &[u32]| u8::try_from(pair[0] * 16 + pair[1]).unwrap_or_default();
    Ok(digits.chunks_exact(2).map(byte).collect())
}
