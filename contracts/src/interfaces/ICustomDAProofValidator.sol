// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What Nitro's OneStepProverHostIo asks of a provider's contract (nitro-contracts 3.2.0)
/// @notice Written from its two signatures only, so that the original's licence does not apply.
interface ICustomDAProofValidator {
    /// @notice The bytes that Nitro's machine reads from the batch behind a certificate.
    /// @param certHash Keccak-256 of the certificate, from the machine's proven memory.
    /// @param offset Where in the batch, a multiple of 32.
    /// @param proof certSize u64 ‖ certificate ‖ the provider's read proof.
    /// @return preimageChunk The bytes at offset … offset + 32, fewer at the end of the batch.
    function validateReadPreimage(bytes32 certHash, uint256 offset, bytes calldata proof)
        external
        view
        returns (bytes memory preimageChunk);

    /// @notice Whether a certificate is valid.
    /// @param proof certSize u64 ‖ certificate ‖ claimedValid u8 ‖ the provider's validity proof.
    function validateCertificate(bytes calldata proof) external view returns (bool isValid);
}
