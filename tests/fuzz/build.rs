//! Makes a table of every function of `include/cardwire.h`: its parameters by what they want, and a
//! way to call it with numbers.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() {
    let header = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../include/cardwire.h");
    println!("cargo::rerun-if-changed={}", header.display());
    let text = std::fs::read_to_string(&header).expect("the header is there");
    let text = without_comments(&text);
    let types: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("typedef struct ")?.strip_suffix(';'))
        .filter_map(|line| line.split_once(' ').map(|(_, name)| name))
        .collect();
    let mut declared = String::new();
    let mut calls = String::new();
    for piece in text.split(';') {
        let Some((_, function)) = piece.rsplit_once("CARDWIRE_API") else { continue };
        let Some((head, parameters)) = function.split_once('(') else { continue };
        if !function.trim_end().ends_with(')') || head.contains('#') {
            continue;
        }
        function_of(head, parameters, &types, &mut declared, &mut calls);
    }
    let types: String = types.iter().map(|name| format!("{name:?},")).collect();
    let source = format!(
        "pub(crate) static TYPES: &[&str] = &[{types}];\n\
         unsafe extern \"C\" {{\n{declared}}}\n\
         pub(crate) static CALLS: &[Call] = &[\n{calls}];\n"
    );
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo says where"));
    std::fs::write(out.join("calls.rs"), source).expect("the table is written");
}

fn without_comments(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        clean.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    clean + rest
}

/// Type and name of a parameter or, with the name of the function, of what it returns.
fn typed(text: &str) -> (String, String) {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = text.rfind(|character: char| !character.is_alphanumeric() && character != '_');
    let (kind, name) = text.split_at(end.map_or(0, |end| end + 1));
    (kind.trim().replace("const ", "").replace(' ', ""), name.to_owned())
}

fn function_of(
    head: &str,
    parameters: &str,
    types: &[&str],
    declared: &mut String,
    calls: &mut String,
) {
    let (returned, name) = typed(head);
    let place = |kind: &str| types.iter().position(|known| *known == kind.trim_end_matches('*'));
    let mut sorts = String::new();
    let mut signature = String::new();
    let mut arguments = String::new();
    let parameters = parameters.trim_end().trim_end_matches(')');
    let parameters: Vec<(String, String)> =
        parameters.split(',').map(typed).filter(|(kind, _)| !kind.is_empty()).collect();
    for (index, (kind, parameter)) in parameters.iter().enumerate() {
        let length = format!("{parameter}_len");
        let has_length = parameters.iter().any(|(_, other)| *other == length);
        let of_length = parameter.strip_suffix("_len").unwrap_or_default();
        let is_length = parameters.iter().any(|(_, other)| other == of_length);
        let (sort, c_type) = match kind.as_str() {
            "char*" if has_length => ("ParameterKind::Text".to_owned(), "*mut c_void"),
            "char*" => ("ParameterKind::Terminated".to_owned(), "*mut c_void"),
            "uint8_t*" if has_length => ("ParameterKind::Bytes".to_owned(), "*mut c_void"),
            "size_t" if is_length => ("ParameterKind::Length".to_owned(), "usize"),
            "size_t" => ("ParameterKind::Number".to_owned(), "usize"),
            "int32_t" | "cardwire_status" => ("ParameterKind::Number".to_owned(), "i32"),
            "uint32_t" => ("ParameterKind::Number".to_owned(), "u32"),
            "int64_t" => ("ParameterKind::Number".to_owned(), "i64"),
            "uint64_t" => ("ParameterKind::Number".to_owned(), "u64"),
            "int32_t*" | "uint64_t*" | "size_t*" => {
                ("ParameterKind::OutNumber".to_owned(), "*mut c_void")
            }
            "void*" => ("ParameterKind::UserData".to_owned(), "*mut c_void"),
            kind if kind.ends_with("**") => {
                let place = place(kind).unwrap_or_else(|| panic!("{name}: {kind}"));
                (format!("ParameterKind::Out({place})"), "*mut c_void")
            }
            kind if kind.ends_with('*') => {
                let place = place(kind).unwrap_or_else(|| panic!("{name}: {kind}"));
                (format!("ParameterKind::Handle({place})"), "*mut c_void")
            }
            callback => (format!("ParameterKind::Callback({callback:?})"), "*mut c_void"),
        };
        write!(sorts, "({parameter:?}, {sort}),").expect("text");
        write!(signature, "_: {c_type},").expect("text");
        write!(arguments, "a[{index}] as {c_type},").expect("text");
    }
    let lent = format!("ReturnKind::Lent({})", place(&returned).unwrap_or_default());
    let (gives, c_type, result) = match returned.as_str() {
        "void" => ("ReturnKind::Nothing", "()", "0"),
        "cardwire_status" if name.starts_with("cardwire_error_") => {
            ("ReturnKind::Number", "i32", "r as usize")
        }
        "cardwire_status" => ("ReturnKind::Status", "i32", "r as usize"),
        "char*" => ("ReturnKind::Text", "*mut c_void", "r as usize"),
        "uint8_t*" => ("ReturnKind::Bytes", "*mut c_void", "r as usize"),
        "int32_t" => ("ReturnKind::Number", "i32", "r as isize as usize"),
        "int64_t" => ("ReturnKind::Number", "i64", "r as usize"),
        "uint32_t" => ("ReturnKind::Number", "u32", "r as usize"),
        "uint64_t" => ("ReturnKind::Number", "u64", "r as usize"),
        "size_t" => ("ReturnKind::Number", "usize", "r"),
        "double" => ("ReturnKind::Number", "f64", "r as isize as usize"),
        kind if place(kind).is_some() => (lent.as_str(), "*mut c_void", "r as usize"),
        "void*" => ("ReturnKind::Number", "*mut c_void", "r as usize"),
        other => panic!("{name} gives {other}"),
    };
    writeln!(declared, "    fn {name}({signature}) -> {c_type};").expect("text");
    let call = if c_type == "()" {
        format!("{{ {name}({arguments}); {result} }}")
    } else {
        format!("{{ let r = {name}({arguments}); {result} }}")
    };
    writeln!(
        calls,
        "    Call {{ name: {name:?}, parameters: &[{sorts}], gives: {gives}, run: |a| unsafe {call} }},"
    )
    .expect("text");
}
